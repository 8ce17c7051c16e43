import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openLog } from '../../src/server/log.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

t.test('a log without a reader is not an error', async t => {
  const { logger, flush } = openLog(999_999)
  logger.info('lost')
  await flush()
  t.doesNotThrow(() => logger.info('lost as well'))
  await flush()
})

t.test('flush writes held lines: JSON with time and level in words', async t => {
  const file = join(t.testdir({}), 'log')
  const { logger, sink, flush } = openLog(openSync(file, 'w'))
  logger.warn({ peer: '127.0.0.1' }, 'beware')
  sink.write('{"msg":"request"}\n')
  await flush()
  const [first = '', second, ...rest] = readFileSync(file, 'utf8').split('\n')
  const { time, ...line } = JSON.parse(first)
  t.strictSame(line, { level: 'warn', peer: '127.0.0.1', msg: 'beware' })
  t.equal(new Date(time).toISOString(), time)
  t.equal(second, '{"msg":"request"}')
  t.strictSame(rest, [''])
})

t.test('many lines are written whole and in order', async t => {
  const file = join(t.testdir({}), 'log')
  const { sink, flush } = openLog(openSync(file, 'w'))
  const lines = Array.from({ length: 50_000 }, (_, at) => `{"at":${at},"address":"grüße@acme"}\n`)
  // Some are longer than the block that is buffered.
  for (const at of [1, 777, 40_000]) lines[at] = `{"at":${at},"stack":"${'… '.repeat(40_000)}"}\n`
  for (const line of lines) sink.write(line)
  await flush()
  t.ok(readFileSync(file, 'utf8') === lines.join(''))
})

t.test('a single line is written without a second one', async t => {
  const file = join(t.testdir({}), 'log')
  const { sink } = openLog(openSync(file, 'w'))
  sink.write('{"msg":"alone"}\n')
  t.equal(readFileSync(file, 'utf8'), '')
  await waitUntil(() => readFileSync(file, 'utf8') === '{"msg":"alone"}\n')
})
