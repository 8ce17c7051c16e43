// Reads RewriteCond, the condition of a rewrite rule. Knows the whole grammar of its pattern, and carries over tests
// of addresses, cookies, methods and paths. Any other test is listed by name.
// https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html#rewritecond
import type { Access } from './access-expression.ts'
import { always, and, not, or } from './access-expression.ts'
import type { BlockReader } from './block-reader.ts'
import type { Argument, Directive } from './httpd/directive.ts'
import { readExpression } from './require-expression.ts'
import { hasOddFlags, readFlags } from './rewrite-flags.ts'
import type { MatchOptions } from './subject.ts'
import { equalsSubject, findVariable, matchSubject } from './subject.ts'

/** All conditions must hold; of conditions joined by [OR], one must. */
export function readConditions(conditions: readonly Directive[], reader: BlockReader): Access {
  const groups: Access[][] = [[]]
  for (const each of conditions) {
    // With two words there are no flags: the second word is the pattern even if it looks like flags.
    const flags = each.words.length < 3 ? new Map<string, string>() : readFlags(each)
    ;(groups.at(-1) as Access[]).push(readCondition(each, flags, reader))
    if (!flags.has('or') && !flags.has('ornext')) groups.push([])
  }
  const [last] = conditions.slice(-1)
  if (last !== undefined && groups.at(-1)?.length !== 0) {
    // When it fails, Apache looks for the next alternative, finds no condition that fails, and applies the rule.
    reader.addLeftover(
      last,
      'ends with [OR], so Apache treats the conditions that it joins as fulfilled',
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
    return reader.refuse(
      condition,
      `has ${condition.words[2]?.text}, which are not flags of RewriteCond`,
    )
  }
  const isNegated = asked.text.startsWith('!')
  const pattern = isNegated
    ? { ...asked, text: asked.text.slice(1), column: asked.column + 1 }
    : asked
  const { comments } = condition
  const ignoresCase = flags.has('nc') || flags.has('nocase')
  // A ! before an expression negates all of it and not only its first test.
  const access =
    subject.text.toLowerCase() === 'expr'
      ? readExpression(pattern, comments, reader)
      : readPattern(subject, pattern, { reader, comments, ignoresCase })
  return isNegated ? not(access) : access
}

function readPattern(tested: Argument, pattern: Argument, options: MatchOptions): Access {
  const { reader } = options
  // One variable and nothing else: no rule can test two, or what an earlier condition captured.
  const name = /^%\{([^{}]+)\}$/.exec(tested.text)?.[1]
  const subject = name === undefined ? undefined : findVariable(name)
  if (subject === undefined) {
    return reader.refuse(tested, `tests ${tested.text}, which no rule can test`)
  }
  const test = testOf(pattern.text)
  if (test === 'equal') {
    return equalsSubject(subject, [{ ...pattern, text: pattern.text.slice(1) }], options)
  }
  if (test !== undefined) {
    return reader.refuse(pattern, `tests for ${pattern.text}, ${test}`)
  }
  return matchSubject(subject, pattern, options)
}

/** `equal` for `=text`; why the pattern cannot be carried over, in words; undefined for a regular expression. */
function testOf(pattern: string): string | undefined {
  // A single character is always a regular expression.
  if (pattern.length < 2) return undefined
  if (pattern.startsWith('=')) return 'equal'
  if (/^[<>]/.test(pattern)) return 'a comparison of texts, which no rule can make'
  if (/^-[dfFhHlLsUux]$/.test(pattern)) return 'a test of files, which no rule can make'
  // Apache compares with the rest as a number, with or without a blank before it.
  if (/^-(?:lt|le|gt|ge|eq|ne)./s.test(pattern))
    return 'a comparison of numbers, which no rule can make'
  if (/^-[A-Za-z]/.test(pattern)) {
    return 'which looks like a test, but Apache reads it as a regular expression'
  }
  return undefined
}
