import t from 'tap'
import { unquoteArguments } from '../../src/command/arguments.ts'

// cmd.exe passes single quotes on unchanged.
t.test('on Windows, single quotes that the shell has left are removed', async t => {
  const rows: [string, string[], string[]][] = [
    ['one word', ["'mail={address},o=acme'"], ['mail={address},o=acme']],
    [
      'several',
      ['--header', "'x-forwarded-for:", "192.0.2.7'", '--json'],
      ['--header', 'x-forwarded-for: 192.0.2.7', '--json'],
    ],
    ['nothing', ["''", 'a'], ['', 'a']],
    ['quotes within', ["a'b'", "o'neil@acme.example"], ["a'b'", "o'neil@acme.example"]],
    ['none', ['replay', 'access_log*'], ['replay', 'access_log*']],
  ]
  for (const [title, args, expected] of rows) {
    await t.test(title, async t => {
      t.strictSame(unquoteArguments(args, 'win32'), expected)
      t.strictSame(unquoteArguments(args, 'linux'), args, 'on other systems, single quotes stay')
    })
  }
  for (const args of [["'a", 'b'], ["'"]]) {
    await t.test(`${args.join(' ')} is refused`, async t => {
      t.throws(() => unquoteArguments(args, 'win32'), {
        code: 'GATE_USAGE',
        message: /write double quotes$/,
      })
    })
  }
})
