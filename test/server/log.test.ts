// The log as a whole: what is held is written, other settings take over without losing a line, and messages stay apart from
// lines that no reader could tell from them.
import { existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { LogSettings } from '../../src/config/settings.ts'
import type { AccessRecord } from '../../src/gate/access-record.ts'
import { openDestination } from '../../src/server/log/destination.ts'
import { openLineBlocks } from '../../src/server/log/line-blocks.ts'
import { openLog } from '../../src/server/log.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const record: AccessRecord = {
  timeMs: Date.UTC(2026, 10, 28),
  client: '198.51.100.7',
  peer: '198.51.100.7',
  method: 'GET',
  address: 'joe@acme.example',
  status: 200,
  rule: 'meeting',
  reason: 'found',
  bytes: 9,
  milliseconds: 1,
  userAgent: null,
  isAborted: false,
}
const plain: LogSettings = { format: undefined, file: undefined, rotate: undefined }

function openHere(t: Test, settings: LogSettings = plain, terminal?: { colors: boolean }) {
  const home = makeDirectory(t)
  const [out, err] = [join(home, 'out'), join(home, 'err')]
  const told: string[] = []
  const log = openLog({
    settings,
    ...{ fd: openSync(out, 'a'), messagesFd: openSync(err, 'a'), terminal },
    tell: text => told.push(text),
  })
  const read = (name: string) => readFileSync(join(home, name), 'utf8')
  return { home, log, told, read }
}

t.test('a log without a reader is not an error', async t => {
  const { logger, flush } = openLog({ fd: 999_999 })
  logger.info('lost')
  await flush()
  t.doesNotThrow(() => logger.info('lost as well'))
  await flush()
})

t.test('flush writes held lines: JSON with time and level in words', async t => {
  const { log, read } = openHere(t)
  log.logger.warn({ peer: '127.0.0.1' }, 'beware')
  log.access.write(record)
  await log.flush()
  const [first = '', second = '', ...rest] = read('out').split('\n')
  const { time, ...line } = JSON.parse(first)
  t.strictSame(line, { level: 'warn', peer: '127.0.0.1', msg: 'beware' })
  t.equal(new Date(time).toISOString(), time)
  t.match(JSON.parse(second), { msg: 'request', address: 'joe@acme.example', status: 200 })
  t.strictSame(rest, [''])
})

t.test('many lines are written whole and in order', async t => {
  const file = join(makeDirectory(t), 'log')
  const reports = { onTrouble: () => {}, onRecovery: () => {} }
  const destination = openDestination(openSync(file, 'w'), reports)
  const blocks = openLineBlocks(destination.write, 200)
  const lines = Array.from({ length: 50_000 }, (_, at) => `{"at":${at},"address":"grüße@acme"}\n`)
  // Some are longer than the block that is buffered.
  for (const at of [1, 777, 40_000]) lines[at] = `{"at":${at},"stack":"${'… '.repeat(40_000)}"}\n`
  for (const line of lines) blocks.write(line)
  blocks.handOver()
  t.ok(await destination.flush())
  t.ok(readFileSync(file, 'utf8') === lines.join(''))
})

t.test('a single line is written without a second one', async t => {
  const { log, read } = openHere(t)
  log.access.write(record)
  t.equal(read('out'), '')
  await waitUntil(() => /^\{.*\}\n$/.test(read('out')))
})

t.test('the form of the lines follows the settings, and where they go', async t => {
  const json = /^\{"level":"info",.*"msg":"request".*\}\n\{"level":"warn",.*"msg":"beware"\}\n$/
  const clock = '\\d\\d:\\d\\d:\\d\\d'
  const text = (before: string) =>
    new RegExp(
      `^${before}${clock} 200 joe@acme.example meeting 198.51.100.7 1.0 ms\\n${before}${clock} warn beware\\n$`,
    )
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
  const colored = /^\u001b\[2m\d\d:\d\d:\d\d\u001b\[22m \u001b\[32m200\u001b\[39m /
  const rows: readonly (readonly [
    title: string,
    LogSettings['format'],
    terminal: { colors: boolean } | undefined,
    RegExp,
  ])[] = [
    ['JSON into a pipe', undefined, undefined, json],
    ['colours on a terminal', undefined, { colors: true }, colored],
    ['text on a terminal without colours', undefined, { colors: false }, text('')],
    ['JSON on a terminal', 'json', { colors: true }, json],
    ['text on a terminal', 'text', { colors: true }, text('')],
    ['text with dates into a pipe', 'text', undefined, text('\\d{4}-\\d\\d-\\d\\d ')],
  ]
  for (const [title, format, terminal, pattern] of rows) {
    const { log, read } = openHere(t, { ...plain, format }, terminal)
    log.access.write(record)
    log.logger.warn('beware')
    await log.flush()
    t.match(read('out'), pattern, title)
    t.equal(read('err'), '', title)
  }
})

t.test('a file on a terminal gets JSON: no colours, and another program reads it', async t => {
  const home = makeDirectory(t)
  const file = join(home, 'gate.log')
  const { log, read } = openHere(t, { ...plain, file }, { colors: true })
  log.access.write(record)
  await log.flush()
  t.match(JSON.parse(readFileSync(file, 'utf8')), { msg: 'request' })
  t.equal(read('out'), '')
})

t.test('in the combined format, messages go to standard error as JSON', async t => {
  const { log, read } = openHere(t, { ...plain, format: 'combined' })
  log.access.write(record)
  log.logger.warn('beware')
  await log.flush()
  t.match(
    read('out'),
    /^198\.51\.100\.7 - - \[.*\] "GET \/joe@acme\.example\.jpg HTTP\/1\.1" 200 9 "-" "-"\n$/,
  )
  t.match(JSON.parse(read('err')), { level: 'warn', msg: 'beware' })
})

t.test('other settings take over between two lines', async t => {
  const { home, log, read } = openHere(t)
  const inFile = (name: string, format?: LogSettings['format']): LogSettings => {
    return { format, file: join(home, name), rotate: undefined }
  }
  const addresses = (text: string) => text.match(/\w+(?=@acme)/g)
  const write = (name: string) => log.access.write({ ...record, address: `${name}@acme.example` })
  write('a')
  const commit = log.prepare(inFile('one'))
  write('b')
  commit()
  write('c')
  log.prepare(inFile('one', 'text'))()
  write('d')
  log.prepare(inFile('never'))
  log.prepare(inFile('two', 'combined'))()
  write('e')
  log.prepare(plain)()
  write('f')
  await log.flush()
  t.strictSame(addresses(read('out')), ['a', 'b', 'f'])
  t.strictSame(addresses(read('one')), ['c', 'd'])
  t.strictSame(addresses(read('two')), ['e'])
  t.equal(read('never'), '')
})

t.test('a file that cannot be opened changes nothing', async t => {
  const { home, log, read } = openHere(t)
  const file = join(home, 'missing', 'gate.log')
  t.throws(() => log.prepare({ ...plain, file }), { code: 'GATE_LOG', message: /create it/ })
  log.access.write(record)
  await log.flush()
  t.match(read('out'), /joe@acme/)
  t.notOk(existsSync(file))
})
