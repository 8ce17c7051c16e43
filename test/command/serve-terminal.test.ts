// `photogate serve` on a terminal: a line a person reads for each request, in colours unless the terminal or the
// administrator wants none, and nothing from a client that controls it.
import { join } from 'node:path'
import t from 'tap'
import { runCli } from '../fixtures/cli.ts'
import { ask } from '../fixtures/client.ts'
import { findFreePort, makeDirectory } from '../fixtures/process.ts'
import { runOnTerminal } from '../fixtures/pseudo-terminal.ts'
import { office, openServingHome, photo } from '../fixtures/serving-home.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of the program's own colours
const ownColours = /\u001b\[(?:2|22|3[1236]|39)m/g

const rows: readonly (readonly [
  title: string,
  env: Record<string, string>,
  log: string,
  RegExp,
])[] = [
  [
    'in colours',
    {},
    '',
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    /^\u001b\[2m\d\d:\d\d:\d\d\u001b\[22m \u001b\[32m200\u001b\[39m joe@acme\.example \u001b\[36moffice\u001b\[39m 127\.0\.0\.1 \u001b\[2m\d+\.\d ms\u001b\[22m$/m,
  ],
  [
    'NO_COLOR',
    { NO_COLOR: '1' },
    '',
    /^\d\d:\d\d:\d\d 200 joe@acme\.example office 127\.0\.0\.1 \d+\.\d ms$/m,
  ],
  ['TERM=dumb', { TERM: 'dumb' }, '', /^\d\d:\d\d:\d\d 200 joe@acme\.example office 127/m],
  ['text', {}, 'log: { format: text }\n', /^\d\d:\d\d:\d\d 200 joe@acme\.example office 127/m],
  ['JSON', {}, 'log: { format: json }\n', /^\{"level":"info",.*"address":"joe@acme\.example"/m],
]

for (const [title, env, log, line] of rows) {
  t.test(title, { buffered: true }, async t => {
    const places = { TMPDIR: makeDirectory(t) }
    const home = openServingHome(t, log + office('127.0.0.1'))
    const port = await findFreePort()
    const args = ['serve', '-c', home.file, '--host', '127.0.0.1', '--port', `${port}`]
    const showing = runOnTerminal(t, args, { cwd: home.directory, env: { ...places, ...env } })
    const isUp = async () => (await ask(port, photo).catch(() => undefined))?.status === 200
    await waitUntil(isUp, 20_000)
    await ask(port, '/%1b[2J%9b31m\u00a0x', { headers: { 'user-agent': 'evil\u009b31m' } })
    const options = { env: places, cwd: home.directory }
    t.match(await runCli(t, ['stop', '-c', join(home.directory, 'photogate.yaml')], options), {
      code: 0,
    })
    const shown = await showing
    if (shown === undefined) return
    t.match(shown, line)
    t.match(shown, /stopped/)
    t.notMatch(shown.replace(ownColours, '').replaceAll('\n', ''), /\p{Cc}/u)
  })
}
