import t from 'tap'
import { agentOf, buildProbeLines } from '../../../src/doctor/front/probe-log.ts'
import { formatAccess } from '../../../src/gate/access-log.ts'

const nonce = '0123456789'
const record = {
  timeMs: 0,
  client: '192.0.2.1',
  peer: '127.0.0.1',
  method: 'GET',
  address: 'joe@acme.example',
  status: 200,
  rule: 'office',
  reason: 'found',
  bytes: 1,
  milliseconds: 1,
  isAborted: false,
} as const
const own = formatAccess({ ...record, userAgent: agentOf('1.2.3', `${nonce}-1`) }).trimEnd()
const other = formatAccess({ ...record, userAgent: 'Mozilla/5.0' }).trimEnd()

t.test('the lines that the gate writes are found by their id', async t => {
  const lines = buildProbeLines(nonce)
  for (const line of [other, own, undefined, '', 'not JSON', other]) lines.push(line)
  t.match(lines.find(`${nonce}-1`), { client: '192.0.2.1', rule: 'office', hasToken: false })
  t.equal(lines.find(`${nonce}-2`), undefined)
  t.equal(lines.others, 2)
})

t.test('what journald or a container writes before the line does not matter', async t => {
  const lines = buildProbeLines(nonce)
  lines.push(`Nov 28 12:00:00 gate photogate[12]: ${own}`)
  t.ok(lines.find(`${nonce}-1`))
})

t.test('a line that only holds the nonce is not taken for the line of a request', async t => {
  const lines = buildProbeLines(nonce)
  // A client that has seen the nonce, a line that was cut off, and one with other types.
  const path = formatAccess({ ...record, url: `/${nonce}-1`, userAgent: 'curl' }).trimEnd()
  for (const line of [path, own.slice(0, -5), `{"msg":"request","userAgent":["${nonce}-1"]`]) {
    lines.push(line)
  }
  t.equal(lines.find(`${nonce}-1`), undefined)
  lines.push(`{"msg":"request","client":7,"peer":{},"userAgent":"x ${nonce}-9","token":{}}`)
  t.match(lines.find(`${nonce}-9`), { client: null, peer: null, reason: '', hasToken: true })
})

t.test('a log full of lines with the nonce does not fill the memory', async t => {
  const lines = buildProbeLines(nonce)
  for (let at = 0; at < 2_000; at++) lines.push(own.replace(`${nonce}-1`, `${nonce}-${at}`))
  t.ok(lines.find(`${nonce}-999`))
  t.equal(lines.find(`${nonce}-1000`), undefined)
})
