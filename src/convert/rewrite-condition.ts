// RewriteCond: what must hold for a rule to be carried out. Knows the whole grammar of its pattern, and carries
// over what asks for addresses, cookies and methods; any other test is listed by name.
// https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html#rewritecond
import type { Access } from './access-expression.ts'
import { always, and, not, or } from './access-expression.ts'
import type { BlockReader } from './block-reader.ts'
import type { Argument, Directive } from './httpd/directive.ts'
import { readExpression } from './require-expression.ts'
import { hasOddFlags, readFlags } from './rewrite-flags.ts'
import type { MatchOptions } from './subject.ts'
import { equalsSubject, findVariable, matchSubject } from './subject.ts'

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
    reader.addLeftover(
      last,
      'ends with [OR], so Apache takes the conditions it joins for fulfilled',
    )
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
  const isNegated = asked.text.startsWith('!')
  const pattern = isNegated
    ? { ...asked, text: asked.text.slice(1), column: asked.column + 1 }
    : asked
  const { comments } = condition
  const ignoresCase = flags.has('nc') || flags.has('nocase')
  // Before an expression, too, the ! turns round all of it and not its first test.
  const access =
    subject.text.toLowerCase() === 'expr'
      ? readExpression(pattern, comments, reader)
      : readPattern(subject, pattern, { reader, comments, ignoresCase })
  return isNegated ? not(access) : access
}

function readPattern(tested: Argument, pattern: Argument, options: MatchOptions): Access {
  const { reader } = options
  // One variable and nothing beside it: of two, or of what an earlier condition found, no rule can speak.
  const name = /^%\{([^{}]+)\}$/.exec(tested.text)?.[1]
  const subject = name === undefined ? undefined : findVariable(name)
  if (subject === undefined) {
    return reader.refuse(tested, `asks for ${tested.text}, which no rule can ask for`)
  }
  const test = testOf(pattern.text)
  if (test === 'equal') {
    return equalsSubject(subject, [{ ...pattern, text: pattern.text.slice(1) }], options)
  }
  if (test !== undefined) {
    return reader.refuse(pattern, `asks for ${pattern.text}, ${test}`)
  }
  return matchSubject(subject, pattern, options)
}

/** What the pattern is when it is not an expression; in words, where it cannot be carried over. */
function testOf(pattern: string): string | undefined {
  // A single character is an expression, whatever it is.
  if (pattern.length < 2) return undefined
  if (pattern.startsWith('=')) return 'equal'
  if (/^[<>]/.test(pattern)) return 'a comparison of texts, which no rule can make'
  if (/^-[dfFhHlLsUux]$/.test(pattern)) return 'a test of files, which no rule can make'
  // With or without a blank behind it: Apache takes what begins so for a number to compare with.
  if (/^-(?:lt|le|gt|ge|eq|ne)./s.test(pattern))
    return 'a comparison of numbers, which no rule can make'
  if (/^-[A-Za-z]/.test(pattern)) {
    return 'which looks like a test, while Apache takes it for a regular expression'
  }
  return undefined
}
