// Lines in Apache's combined format: each is one line that the readers of such logs understand, whatever a client sends.
import t from 'tap'
import type { AccessRecord } from '../../../src/gate/access-record.ts'
import { findField, parseLogLine, unescapeField } from '../../../src/replay/log-line.ts'
import { escapeItem, formatCombined } from '../../../src/server/log/combined-line.ts'
import { recordOf } from '../../fixtures/access-record.ts'
import { fc } from '../../fixtures/property.ts'

const record = recordOf({
  timeMs: Date.UTC(2026, 10, 28, 9, 3, 11, 6),
  client: '198.51.100.7',
  address: 'joe.bloggs@acme.example',
  rule: 'meeting',
  bytes: 274,
  milliseconds: 0.31,
  userAgent: 'HCL Sametime/12 (x)',
})
const nobody = {
  client: null,
  peer: null,
  method: null,
  address: null,
  rule: null,
  userAgent: null,
}

t.test('each request is a line as Apache would write it', async t => {
  const rows: readonly (readonly [title: string, Partial<AccessRecord>, string])[] = [
    [
      'a photo',
      {},
      '198.51.100.7 - - [T] "GET /joe.bloggs@acme.example.jpg HTTP/1.1" 200 274 "-" "HCL Sametime/12 (x)"',
    ],
    [
      'no body, no agent',
      { bytes: 0, status: 304, userAgent: null },
      '198.51.100.7 - - [T] "GET /joe.bloggs@acme.example.jpg HTTP/1.1" 304 - "-" "-"',
    ],
    [
      'IPv6',
      { client: '2001:db8::7' },
      '2001:db8::7 - - [T] "GET /joe.bloggs@acme.example.jpg HTTP/1.1" 200 274 "-" "HCL Sametime/12 (x)"',
    ],
    [
      'what was no HTTP',
      { ...nobody, status: 400, reason: 'bad-request', bytes: 0 },
      '- - - [T] "-" 400 - "-" "-"',
    ],
    [
      'a probe',
      { address: null, rule: null, reason: 'health' },
      '198.51.100.7 - - [T] "GET /-/healthz HTTP/1.1" 200 274 "-" "HCL Sametime/12 (x)"',
    ],
    [
      'a letter beyond ASCII',
      { address: 'jürgen+x@bücher.example' },
      '198.51.100.7 - - [T] "GET /j%C3%BCrgen%2Bx@b%C3%BCcher.example.jpg HTTP/1.1" 200 274 "-" "HCL Sametime/12 (x)"',
    ],
    [
      'a path without its query',
      { address: null, url: '/"a\\?token=x', status: 404 },
      '198.51.100.7 - - [T] "GET /\\"a\\\\ HTTP/1.1" 404 274 "-" "HCL Sametime/12 (x)"',
    ],
    [
      'an agent with signs',
      { userAgent: 'a"b\\c\nd\x1b[2J\xe9' },
      '198.51.100.7 - - [T] "GET /joe.bloggs@acme.example.jpg HTTP/1.1" 200 274 "-" "a\\"b\\\\c\\nd\\x1b[2J\\xe9"',
    ],
    [
      'an agent with a token',
      { userAgent: 'x dGhpcyBpcyBhIHNlc3Npb24gdG9rZW4gMDEyMzQ1Njc4OQ' },
      '198.51.100.7 - - [T] "GET /joe.bloggs@acme.example.jpg HTTP/1.1" 200 274 "-" "x \\xe2\\x80\\xa6"',
    ],
  ]
  for (const [title, more, expected] of rows) {
    t.equal(
      formatCombined({ ...record, ...more }).replace(/\[.*?\] "/, '[T] "'),
      `${expected}\n`,
      title,
    )
  }
})

t.test('the time is local, with its offset', async t => {
  const [, text = ''] = /\[(.*?)\]/.exec(formatCombined(record)) ?? []
  t.match(text, /^\d{2}\/Nov\/2026:\d{2}:03:11 [+-]\d{4}$/)
  for (const timeMs of [record.timeMs, record.timeMs + 999, 0, record.timeMs + 86_400_000]) {
    const line = parseLogLine(formatCombined({ ...record, timeMs }).trimEnd())
    t.equal(line?.timeMs, Math.floor(timeMs / 1_000) * 1_000)
  }
})

t.test('replay reads every photo back by its address', async t => {
  for (const address of ['joe@acme.example', "o'neil&co@acme.example", 'jürgen@bücher.example']) {
    const line = parseLogLine(formatCombined({ ...record, address }).trimEnd())
    t.match(line, { client: record.client, status: 200 })
    t.equal(decodeURIComponent(line?.target ?? ''), `/${address}.jpg`)
  }
})

t.test('no path or user agent breaks the line', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), text => {
      const line = formatCombined({ ...record, address: null, url: `/${text}`, userAgent: text })
      const isOne = line.indexOf('\n') === line.length - 1 && /^[\x20-\x7e]*\n$/.test(line)
      const parsed = parseLogLine(line.trimEnd())
      const agent = parsed && findField(line.trimEnd(), parsed.rest, 1)?.text
      return isOne && agent === escapeItem(text)
    }),
  )
})

t.test('an escaped byte is the byte that was sent', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      const text = Buffer.from(bytes).toString('latin1')
      return unescapeField(escapeItem(text)) === text
    }),
  )
})
