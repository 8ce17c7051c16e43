import t from 'tap'
import { buildAutomaton, TooComplexError } from '../../../src/convert/regex/automaton.ts'
import { isFoundIn } from '../../../src/convert/regex/automaton-search.ts'
import { RegexError } from '../../../src/convert/regex/regex.ts'
import { parseRegex } from '../../../src/convert/regex/regex-parser.ts'
import { fc } from '../../fixtures/property.ts'

const isFound = (pattern: string, text: string, ignoresCase = false) =>
  isFoundIn(buildAutomaton(parseRegex(pattern, { ignoresCase })), text)

t.test(
  'an expression that cannot be carried over is refused with its construct and place',
  async t => {
    for (const [pattern, at, message] of [
      ['a(?=b)', 3, /assertion/],
      ['a(?!b)', 3, /assertion/],
      ['(?<=a)b', 2, /assertion/],
      ['(?>a)b', 2, /assertion/],
      ['(a)\\1', 3, /has \\1/],
      ['a\\b', 1, /has \\b/],
      ['a++', 2, /possessive/],
      ['a**', 3, /repeats a repetition/],
      ['*a', 0, /repeats nothing/],
      ['(a', 2, /a \) is missing/],
      ['a)', 1, /closes a group/],
      ['[a', 2, /a \] is missing/],
      ['[z-a]', 4, /goes backwards/],
      ['[[:nope:]]', 2, /class nope/],
      ['a{3,1}', 6, /minimum is above its maximum/],
      ['a{,3}', 1, /write \{0,3\}/],
      ['a{2000}', 7, /more than 1000 times/],
      ['a\\', 2, /ends with a backslash/],
      ['\\xg1', 2, /two hexadecimal digits/],
      ['(*FAIL)', 1, /verb/],
      ['“a”', 1, /not ASCII/],
      ['('.repeat(300), 200, /too deep/],
    ] as const) {
      try {
        parseRegex(pattern)
        t.fail(`${pattern} was read`)
      } catch (error) {
        t.ok(error instanceof RegexError, pattern)
        t.match((error as RegexError).message, message, pattern)
        t.equal((error as RegexError).at, at, pattern)
      }
    }
  },
)

t.test('an expression is found where PCRE finds it', async t => {
  for (const [pattern, found, missed] of [
    ['', '', undefined],
    ['b', 'abc', 'ac'],
    ['^b', 'bc', 'ab'],
    ['b$', 'ab', 'bc'],
    ['^$', '', 'a'],
    ['a|^b$', 'xa', 'xb'],
    ['^a.c$', 'a-c', 'ac'],
    ['^a\\.c$', 'a.c', 'abc'],
    ['^(?:ab|c){2}$', 'abc', 'ab'],
    ['^a{2,}$', 'aaa', 'a'],
    ['^a{2}b{0,1}$', 'aab', 'aabb'],
    ['^a{x$', 'a{x', 'a'],
    ['^a+?b??$', 'aab', 'b'],
    ['^[^a-c]$', 'd', 'b'],
    ['^[]a]+$', ']a', 'b'],
    ['^[a\\-c]+$', 'a-c', 'b'],
    ['^[a-]+$', 'a-', 'b'],
    ['^[[:digit:]x]+$', '1x', 'a'],
    ['^[[:^digit:]]$', 'a', '1'],
    ['^[\\d.]+$', '1.2', 'a'],
    ['^[\\x41-\\x43]$', 'B', 'D'],
    ['^\\x41\\t$', 'A\t', 'A '],
    ['^[\\b]$', '\b', 'b'],
    ['\\Aa\\z', 'a', 'ab'],
    ['^\\w\\W\\s\\S\\h$', 'a- a ', 'a- aa'],
    ['^(?<name>a)(?P<other>b)$', 'ab', 'a'],
    ["^(?'name'a)$", 'a', 'b'],
    ['^(?i)a(?-i)b$', 'Ab', 'aB'],
    ['^(?i:a)b$', 'Ab', 'AB'],
    ['^((?i)a)b$', 'Ab', 'AB'],
    ['(?:^|; )a=', 'b=1; a=2', 'xa=2'],
    ['a$|b', 'bc', 'ac'],
    ['(?:a$)?', 'ab', undefined],
  ] as const) {
    t.equal(isFound(pattern, found), true, `${pattern} in ${found}`)
    if (missed !== undefined)
      t.equal(isFound(pattern, missed), false, `${pattern} not in ${missed}`)
  }
  t.equal(isFound('^aBc[d-e]$', 'AbCE', true), true)
})

const atom = fc.constantFrom('1', '2', '0', '.', '\\.', '[1-3]', '[^2]', '\\d', '5', '[.0]')
const pattern = fc.letrec<{ any: string }>(tie => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    atom,
    fc.tuple(tie('any'), tie('any')).map(parts => parts.join('')),
    fc.tuple(tie('any'), tie('any')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(tie('any'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{0,}', '*?'))
      .map(([a, quantifier]) => `(?:${a})${quantifier}`),
    tie('any').map(a => `^${a}`),
    tie('any').map(a => `${a}$`),
    fc.constant(''),
  ),
})).any
const text = fc.string({ unit: fc.constantFrom('0', '1', '2', '5', '.'), maxLength: 9 })

t.test('the automaton finds the same texts as a RegExp of JavaScript', async t => {
  fc.assert(
    fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 20 }), (pattern, texts) => {
      const other = new RegExp(pattern)
      const automaton = buildAutomaton(parseRegex(pattern))
      return texts.every(each => isFoundIn(automaton, each) === other.test(each))
    }),
    { numRuns: 3_000 },
  )
  t.pass('3,000 expressions')
})

t.test('any text is either parsed or refused with a RegexError or TooComplexError', async t => {
  const odd = fc.string({
    unit: fc.constantFrom(...'()[]{}|^$.*+?\\1a-:,<>=!PdbxiR#“'),
    maxLength: 30,
  })
  fc.assert(
    fc.property(odd, each => {
      try {
        buildAutomaton(parseRegex(each))
      } catch (error) {
        return error instanceof RegexError || error instanceof TooComplexError
      }
      return true
    }),
    { numRuns: 5_000 },
  )
  t.pass('5,000 texts')
})

t.test('expressions that would need too much memory are refused before they are built', async t => {
  t.throws(() => buildAutomaton(parseRegex('(((a{999}){999}){999})')), /is too large/)
  // 2 ** 40 states, if all were made.
  const automaton = buildAutomaton(parseRegex(`(?:0|1)*1(?:0|1){40}$`))
  t.throws(() => {
    let seed = 1
    for (let at = 0; at < 100_000; at++) {
      seed = (seed * 48_271) % 2_147_483_647
      isFoundIn(automaton, seed.toString(2).repeat(3))
    }
  }, /too many states/)
})

t.test('an empty group repeated 1,000 times and nested nine times is built quickly', async t => {
  const automaton = buildAutomaton(parseRegex(`${'('.repeat(9)}${'){1000}'.repeat(9)}1`))
  t.equal(isFoundIn(automaton, '1'), true)
  t.equal(isFoundIn(automaton, '2'), false)
})
