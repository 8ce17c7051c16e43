import { platform } from 'node:os'
import t from 'tap'
import { paint, screenOf } from '../../src/command/screen.ts'
import type { StyledText } from '../../src/text/styled.ts'

const evil = '\u001b]0;owned\u0007\u001b[31m\u009b2J\u202e\rfine'

t.test('a part is escaped before it is coloured, whatever its style', async t => {
  const escaped = '\\u001b]0;owned\\u0007\\u001b[31m\\u009b2J\\u202e\\u000dfine'
  t.equal(paint(evil, { colors: true }), escaped)
  const codes = { good: 32, bad: 31, doubt: 33, faint: 2, strong: 1 } as const
  for (const style of Object.keys(codes) as (keyof typeof codes)[]) {
    const painted = paint([evil, { text: evil, style }], { colors: true })
    const end = style === 'faint' || style === 'strong' ? 22 : 39
    t.equal(painted, `${escaped}\u001b[${codes[style]}m${escaped}\u001b[${end}m`)
    t.equal(paint([evil, { text: evil, style }], { colors: false }), escaped + escaped)
  }
})

t.test('a sequence that is cut in two by a style is escaped in both halves', async t => {
  const rows: [StyledText, string][] = [
    [['\u001b', { text: '[31m', style: 'bad' }], '\\u001b\u001b[31m[31m\u001b[39m'],
    [['a\r', { text: '\nb', style: 'bad' }], 'a\\u000d\u001b[31m\nb\u001b[39m'],
    [['\ud83d', { text: '\ude00', style: 'bad' }], '\\ud83d\u001b[31m\\ude00\u001b[39m'],
  ]
  for (const [text, painted] of rows) t.equal(paint(text, { colors: true }), painted)
})

t.test(
  'TERM=dumb is plain text, NO_COLOR leaves the bars, and a narrow screen the colours',
  async t => {
    const bars = { width: 16, isUnicode: true }
    const rows: [Record<string, string>, number | undefined, ReturnType<typeof screenOf>][] = [
      [{ TERM: 'dumb' }, 120, undefined],
      [{}, 120, { colors: true, bars }],
      [{ TERM: 'xterm', NO_COLOR: '' }, undefined, { colors: true, bars }],
      [{ NO_COLOR: '1' }, 0, { colors: false, bars }],
      [{}, 60, { colors: true, bars }],
      [{}, 59, { colors: true, bars: undefined }],
    ]
    for (const [env, columns, screen] of rows) t.strictSame(screenOf(env, columns), screen)
  },
)

t.test('bars are of ASCII where the locale names another encoding than UTF-8', async t => {
  const rows: [Record<string, string>, boolean][] = [
    [{ LANG: 'C' }, false],
    [{ LANG: 'de_DE.ISO-8859-1' }, false],
    [{ LANG: 'de_DE.UTF-8', LC_ALL: 'POSIX' }, false],
    [{ LANG: 'C', LC_CTYPE: 'en_US.utf8' }, true],
    [{ LC_ALL: '', LANG: 'C.UTF-8' }, true],
    [{}, true],
  ]
  for (const [env, isUnicode] of rows) {
    t.equal(screenOf(env, 80)?.bars?.isUnicode, isUnicode || platform() === 'win32')
  }
})
