// The configuration's log: what it becomes, and what is refused.
import { join } from 'node:path'
import t from 'tap'
import { openConfigHome } from '../../fixtures/config.ts'

t.test('what cannot be meant is refused, with what to write', async t => {
  const rows: readonly (readonly [text: string, path: string, message: RegExp])[] = [
    ['{ format: xml }', 'log.format', /json or text or combined/],
    ['{ rotate: {} }', 'log.rotate', /needs a file to rotate; add file: photogate.log/],
    ['{ file: a.log, rotate: { size: 1KiB } }', 'log.rotate.size', /64KiB or more/],
    ['{ file: a.log, rotate: { keep: 0 } }', 'log.rotate.keep', /from 1 to 1000/],
    ['{ file: photogate.yaml }', 'log.file', /is a file of this configuration/],
    ['{ file: "" }', 'log.file', /./],
    ['{ fil: a.log }', 'log.fil', /file/],
    ['text', 'log', /./],
  ]
  for (const [text, path, message] of rows) {
    const { problems } = openConfigHome(t).load(`log: ${text}\n`)
    t.match(problems, [{ path, message }], text)
  }
})

t.test('without log, nothing is chosen; a file is relative to the configuration', async t => {
  const home = openConfigHome(t)
  t.strictSame(home.settings('').log, { format: undefined, file: undefined, rotate: undefined })
  const text = 'log: { format: text, file: logs/gate.log, rotate: { size: 1MiB, keep: 2 } }\n'
  t.strictSame(home.settings(text).log, {
    format: 'text',
    file: join(home.directory, 'logs/gate.log'),
    rotate: { maxBytes: 1_048_576, keep: 2 },
  })
})
