// Every command that takes a configuration shows its problems in the same way: on a terminal with the line and a caret, in a
// pipe one line each.
import { writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import t from 'tap'
import { check } from '../../src/command/check.ts'
import { explain } from '../../src/command/explain.ts'
import { ihsRules } from '../../src/command/ihs-rules.ts'
import { importPhotos } from '../../src/command/import.ts'
import type { Output } from '../../src/command/output.ts'
import { coverage } from '../../src/command/photos-coverage.ts'
import { listPhotos } from '../../src/command/photos-list.ts'
import { replay } from '../../src/command/replay.ts'
import { serve } from '../../src/command/serve.ts'
import { snippets } from '../../src/command/snippets.ts'
import { token } from '../../src/command/token.ts'
import { runCli, startServing } from '../fixtures/cli.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { captureOutput } from '../fixtures/output.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const input = Readable.from([]) as never
const { signal } = new AbortController()
const importing = (config: string, output: Output, quiet: boolean) =>
  importPhotos({ config, quiet }, { output, terminal: undefined, signal })

const verbs: Record<string, (config: string, output: Output) => unknown> = {
  check: (config, output) => check({ config }, output),
  serve: (config, output) => serve({ config }, output),
  explain: (config, output) => explain({ config, client: '192.0.2.1' }, output),
  replay: (config, output) =>
    replay({ config, logs: ['none'] }, { output, input, terminal: undefined }),
  'ihs-rules': (config, output) => ihsRules({ config }, output),
  snippets: (config, output) => snippets('apache', { config }, output),
  token: (config, output) => token({ config }, input, output),
  import: (config, output) => importing(config, output, false),
  'import --quiet': (config, output) => importing(config, output, true),
  'photos list': (config, output) => listPhotos({ config }, output),
  'photos coverage': (config, output) => coverage({ config }, output),
}

for (const [verb, run] of Object.entries(verbs)) {
  t.test(`${verb} shows where a configuration is wrong`, async t => {
    const { file } = openConfigHome(t)
    writeFileSync(file, 'photos: { maxAge: 5m }\nallow:\n- { name: a, form: 10/8 }\n')
    const end = async (output: Output) => {
      try {
        return await run(file, output)
      } catch (error) {
        return (error as { exitCode?: number }).exitCode
      }
    }
    const written: string[] = []
    const captured = captureOutput()
    const terminal = { colors: true, write: (text: string) => void written.push(text) }
    t.equal(await end({ ...captured, terminal }), 78)
    const lines = stripVTControlCharacters(written.join('\n')).split('\n')
    const at = lines.findIndex(line => line.startsWith('3 | '))
    const [line = '', caret = ''] = lines.slice(at)
    t.equal(line, '3 | - { name: a, form: 10/8 }')
    t.equal(line[caret.indexOf('^')], 'f')
    t.match(written.join(''), '\u001b[31m', 'in red')
    t.notMatch(captured.noted(), /form/, 'once')

    const piped = captureOutput()
    t.equal(await end(piped), 78)
    t.match(
      piped.noted(),
      /photogate\.yaml:3:14 allow\[0\]\.form is not known; did you mean from\?/,
    )
    t.notOk(/\^/.test(piped.noted()))
  })
}

t.test('check and serve warn once about an old Node.js', async t => {
  const expected = Number.parseInt(process.versions.node, 10) < 22 ? 1 : 0
  const { file } = openConfigHome(t)
  const rule = (name: string) => `allow: [{ name: ${name}, from: 10.0.0.0/8 }]\n`
  writeFileSync(file, rule('first'))
  const countIn = (text: string) => text.split('is past its end of life').length - 1
  const text = await runCli(t, ['check', file])
  t.equal(countIn(text.stdout + text.stderr), expected)
  const json = await runCli(t, ['check', file, '--json'])
  // As `message` and as `text`.
  t.equal(JSON.parse(json.stdout).warnings.filter(isOfNode).length, expected)

  const cli = await startServing(t, ['--config', file])
  writeFileSync(file, rule('second'))
  cli.child.kill('SIGHUP')
  await waitUntil(() => cli.lines().some(({ msg }) => msg === 'configuration applied'))
  t.equal(countIn(cli.stdout() + cli.stderr()), expected, 'a reload does not warn again')
})

function isOfNode({ code }: { code: string }): boolean {
  return code === 'GATE_NODE_AGE'
}
