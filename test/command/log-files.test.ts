import { join } from 'node:path'
import t from 'tap'
import { expandPatterns } from '../../src/command/log-files.ts'

// cmd.exe passes `access_log*` on unchanged.
t.test('a pattern that the shell did not expand is expanded', async t => {
  const directory = t.testdir({
    access_log: '',
    'access_log.1': '',
    'Access_log.2.gz': '',
    'access(1)[x]': '',
    '.access_log.swp': '',
    'what?': '',
    old: { access_log: '' },
  })
  const rows: [string, string[], string[], NodeJS.Platform?][] = [
    ['a name', ['access_log'], ['access_log']],
    ['a star', ['access_log*'], ['access_log', 'access_log.1']],
    ['a question mark', ['access_log.?'], ['access_log.1']],
    [
      'all but dot files',
      ['*'],
      ['Access_log.2.gz', 'access(1)[x]', 'access_log', 'access_log.1', 'what?'],
    ],
    ['no letter has a meaning of its own', ['access(1)[x*'], ['access(1)[x]']],
    ['a name with a question mark in it', ['what?'], ['what?']],
    ['once each', ['access_log', 'access*g', 'access_log.*'], ['access_log', 'access_log.1']],
    ['in another folder', ['old/a*'], ['old/access_log']],
    ['a pattern that matches nothing stays, so that the error names it', ['gone*'], ['gone*']],
    ['a pattern in a missing folder', ['gone/*'], ['gone/*']],
    ['standard input', ['-'], ['-']],
    ['without case on Windows', ['ACCESS_LOG.*'], ['Access_log.2.gz', 'access_log.1'], 'win32'],
  ]
  for (const [title, names, expected, platform = 'linux'] of rows) {
    await t.test(title, async t => {
      const inDirectory = (all: string[]) =>
        all.map(name => (name === '-' ? name : join(directory, name)))
      t.strictSame(expandPatterns(inDirectory(names), platform), inDirectory(expected))
    })
  }
  await t.test('relative to the working directory', async t => {
    const before = process.cwd()
    t.teardown(() => process.chdir(before))
    process.chdir(directory)
    t.strictSame(expandPatterns(['access_log.*'], 'linux'), ['access_log.1'])
  })
})
