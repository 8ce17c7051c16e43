// RewriteCond: what must hold for a rule to be carried out.
import type { Access } from './access.ts'
import { always, and, not, or } from './access.ts'
import { buildAutomaton, isFoundIn } from './automaton.ts'
import type { BlockReader } from './block-reader.ts'
import { readExpression } from './expression.ts'
import type { Argument, Directive } from './httpd-config.ts'
import { exactly, parseRegex } from './regex.ts'
import { hasOddFlags, readFlags } from './rewrite-flags.ts'

/** mod_rewrite's conditions: all must hold, and of those that [OR] joins, one. */
export function readConditions(conditions: readonly Directive[], reader: BlockReader): Access {
  const groups: Access[][] = [[]]
  for (const each of conditions) {
    // In two words there are none: the second is the pattern, whatever it looks like.
    const flags = each.words.length < 3 ? new Map<string, string>() : readFlags(each)
    ;(groups.at(-1) as Access[]).push(readCondition(each, flags, reader))
    if (!flags.has('or') && !flags.has('ornext')) groups.push([])
  }
  const [last] = conditions.slice(-1)
  if (last !== undefined && groups.at(-1)?.length !== 0) {
    // It fails, Apache looks for the next that could hold, finds none to fail, and the rule is carried out.
    reader.leave(last, 'ends with [OR], so Apache takes the conditions it joins for fulfilled')
    groups.at(-1)?.push(always)
  }
  return and(...groups.filter(group => group.length > 0).map(group => or(...group)))
}

function readCondition(
  condition: Directive,
  flags: ReadonlyMap<string, string>,
  reader: BlockReader,
): Access {
  const [subject, asked] = condition.words
  if (subject === undefined || asked === undefined) {
    return reader.refuse(condition, 'is not complete; Apache does not start with it')
  }
  const odd = [...flags.keys()].filter(flag => !/^(?:nc|nocase|or|ornext|nv|novary)$/.test(flag))
  if (hasOddFlags(condition) || odd.length > 0) {
    return reader.refuse(condition, `has ${condition.words[2]?.text}, which are no flags`)
  }
  if (subject.text.toLowerCase() === 'expr')
    return readExpression(asked, condition.comments, reader)
  const isNegated = asked.text.startsWith('!')
  const pattern = isNegated
    ? { ...asked, text: asked.text.slice(1), column: asked.column + 1 }
    : asked
  const access = readPattern(subject, pattern, {
    reader,
    comments: condition.comments,
    ignoresCase: flags.has('nc') || flags.has('nocase'),
  })
  return isNegated ? not(access) : access
}

interface PatternOptions {
  readonly reader: BlockReader
  readonly comments: readonly string[]
  readonly ignoresCase: boolean
}

const addressHeader =
  /^%\{HTTP:(?:X-Forwarded-For|X-Real-IP|X-Client-IP|Forwarded|True-Client-IP)\}$/i

function readPattern(subject: Argument, pattern: Argument, options: PatternOptions): Access {
  const { reader, comments, ignoresCase } = options
  const name = subject.text
  const isCookie = /^%\{(?:HTTP_COOKIE|HTTP:Cookie)\}$/i.test(name)
  const isPeer = /^%\{(?:REMOTE_ADDR|CONN_REMOTE_ADDR)\}$/i.test(name)
  const isHeader = addressHeader.test(name)
  if (!isCookie && !isPeer && !isHeader) {
    return reader.refuse(subject, `asks for ${name}, which no rule can ask for`)
  }
  if (/^(?:[<>]=?|-(?:[dfFhHlLsUux]|eq|ge|gt|le|lt|ne)$)/.test(pattern.text)) {
    return reader.refuse(pattern, `asks for ${pattern.text}, which no rule can ask for`)
  }
  const isEqual = pattern.text.startsWith('=')
  if (isCookie) {
    return isEqual
      ? reader.refuse(
          pattern,
          `asks for the whole Cookie header to be ${pattern.text.slice(1)}, which no rule can`,
        )
      : reader.cookieRegex(pattern, comments, ignoresCase)
  }
  // Who sends no such header has an empty text.
  if (isHeader && !isEqual && matchesNothing(pattern.text)) {
    return reader.refuse(pattern, `${pattern.text} matches who sends no such header, too`)
  }
  if (isEqual && !/^=[\d.]+$/.test(pattern.text)) {
    return reader.refuse(pattern, `asks for ${pattern.text}, which no rule can ask for`)
  }
  const regex = isEqual ? { ...pattern, text: exactly(pattern.text.slice(1)) } : pattern
  return reader.addressRegex(regex, comments, isHeader ? 'header' : 'peer')
}

function matchesNothing(text: string): boolean {
  try {
    return isFoundIn(buildAutomaton(parseRegex(text)), '')
  } catch {
    // Refused elsewhere, and with more to say.
    return false
  }
}
