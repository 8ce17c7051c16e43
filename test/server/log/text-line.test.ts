// Lines for people: what they say, in colours or without, and that no client writes into a terminal.
import pc from 'picocolors'
import t from 'tap'
import type { AccessRecord } from '../../../src/gate/access-record.ts'
import { buildAccessText, buildMessageText } from '../../../src/server/log/text-line.ts'
import { recordOf } from '../../fixtures/access-record.ts'
import { fc } from '../../fixtures/property.ts'

const time = new Date(2026, 10, 28, 10, 3, 11, 400)
const record = recordOf({
  timeMs: time.getTime(),
  client: '198.51.100.7',
  address: 'joe.bloggs@acme.example',
  rule: 'meeting',
  bytes: 274,
  milliseconds: 0.31,
  userAgent: null,
})
const plain = { colors: pc.createColors(false), hasDate: false }
const access = buildAccessText(plain)

t.test('a request is one line that a person reads at a glance', async t => {
  const rows: readonly (readonly [Partial<AccessRecord>, string])[] = [
    [{}, '10:03:11 200 joe.bloggs@acme.example meeting 198.51.100.7 0.3 ms'],
    [
      { status: 404, reason: 'missing' },
      '10:03:11 404 joe.bloggs@acme.example meeting missing 198.51.100.7 0.3 ms',
    ],
    [
      { status: 302, rule: 'turned-away', reason: 'no-rule' },
      '10:03:11 302 joe.bloggs@acme.example turned-away no-rule 198.51.100.7 0.3 ms',
    ],
    [{ rule: null, address: null, reason: 'health' }, '10:03:11 200 - health 198.51.100.7 0.3 ms'],
    [
      { rule: null, address: null, url: '/x?secret', status: 400, reason: 'method', client: null },
      '10:03:11 400 /x method - 0.3 ms',
    ],
    [
      { status: 499, reason: 'client-gone', isAborted: true },
      '10:03:11 499 joe.bloggs@acme.example meeting client-gone 198.51.100.7 0.3 ms aborted',
    ],
  ]
  for (const [more, line] of rows) t.equal(access({ ...record, ...more }), `${line}\n`)
})

t.test('in a file, lines begin with the date', async t => {
  const dated = { ...plain, hasDate: true }
  t.match(buildAccessText(dated)(record), /^2026-11-28 10:03:11 200 /)
  const line = JSON.stringify({ level: 'info', time: time.toISOString(), msg: 'serving' })
  t.equal(buildMessageText(dated)(line), '2026-11-28 10:03:11 info serving\n')
})

t.test('in colours, the text is the same', async t => {
  const colored = buildAccessText({ ...plain, colors: pc.createColors(true) })
  for (const status of [200, 302, 404, 500]) {
    const line = colored({ ...record, status })
    t.ok(line.includes('\u001b[3'))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours
    t.equal(line.replace(/\u001b\[\d+m/g, ''), access({ ...record, status }))
  }
})

t.test('a message is one line with its details behind it', async t => {
  const message = buildMessageText(plain)
  const rows: readonly (readonly [object, string])[] = [
    [{ level: 'info', msg: 'stopped' }, 'info stopped'],
    [{ level: 'warn', peer: '10.0.0.1', msg: 'beware' }, 'warn beware {"peer":"10.0.0.1"}'],
    [
      { level: 'error', err: { stack: 'a\nb' }, msg: 'two\nlines\u001b[2J' },
      'error two\\nlines\\u001b[2J {"err":{"stack":"a\\nb"}}',
    ],
  ]
  for (const [more, text] of rows) {
    t.equal(message(JSON.stringify({ time: time.toISOString(), ...more })), `10:03:11 ${text}\n`)
  }
})

t.test('no address, path or message controls a terminal or breaks the line', async () => {
  const message = buildMessageText(plain)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const said = JSON.stringify({ level: 'warn', time: time.toISOString(), msg: text, text })
      const lines = [access({ ...record, address: null, url: `/${text}` }), message(said)]
      return lines.every(
        line => !/[\p{C}\p{Zl}\p{Zp}]/u.test(line.slice(0, -1)) && line.endsWith('\n'),
      )
    }),
  )
})
