import t from 'tap'
import { detectCookieField, readCookieField } from '../../src/replay/cookie-field.ts'
import { parseLogLine } from '../../src/replay/log-line.ts'
import { logLine } from '../fixtures/access-log.ts'

const cookie = 'LtpaToken2="a=b"; x=1'
const times = (count: number, line: string) => new Array<string>(count).fill(line)

t.test('other fields are not taken for cookies', async t => {
  const rows: [string, string[]][] = [
    ['no line', []],
    ['no line of an access log', ['a="b=c"']],
    ['the common format', [logLine({ agent: null })]],
    ['the combined format', [logLine()]],
    ['a browser whose name looks like a cookie', times(9, logLine({ agent: 'a=b' }))],
    ['the TLS fields of IHS', [logLine({ tls: 'TLS_RSA TLSV1.2' })]],
    ['a bare field', [`${logLine()} a=b`]],
    ['no client sent a cookie', [logLine({ cookie: null })]],
    ['X-Forwarded-For', [logLine({ cookie: '10.0.0.1, 10.0.0.2' })]],
    ['Forwarded', [logLine({ cookie: 'for=10.0.0.1;proto=https' })]],
    ['Set-Cookie', [logLine({ cookie: 'JSESSIONID=0001:x; Path=/' })]],
    ['Set-Cookie with all', [logLine({ cookie: 'a=b; Max-Age=9; Domain=acme.example' })]],
    ['Range', [...times(9, logLine({ cookie: null })), logLine({ cookie: 'bytes=0-99' })]],
    ['Keep-Alive', [logLine({ cookie: 'timeout=5, max=100' })]],
    ['Cache-Control', [logLine({ cookie: 'max-age=300' })]],
    ['a URL', [logLine({ agent: null, cookie: 'https://www.acme.example/?a=b' })]],
    ['a sentence', [logLine({ agent: null, cookie: 'Mozilla/5.0 (a=b)' })]],
    ['one among many others', [...times(3, logLine({ cookie: 'text' })), logLine({ cookie })]],
    ['two fields that both look like cookies', [`${logLine({ cookie })} "a=b"`]],
  ]
  for (const [what, lines] of rows) {
    t.test(what, async t => {
      t.equal(detectCookieField(lines), undefined)
    })
  }
})

t.test('the field of cookies is found', async t => {
  const rows: [string, string[], number][] = [
    ['behind the browser', [logLine({ cookie })], 2],
    ['behind the TLS fields', [logLine({ cookie, tls: 'TLS_RSA TLSV1.2' })], 4],
    ['in the common format', [logLine({ cookie, agent: null })], 0],
    [
      'in the common format with TLS',
      [logLine({ cookie, agent: null, tls: 'TLS_RSA TLSV1.2' })],
      2,
    ],
    ['behind a time', [logLine({ cookie, tls: '1234' })], 3],
    ['behind another field', [logLine({ cookie, tls: '"10.0.0.1, 10.0.0.2"' })], 3],
    ['before another field', [`${logLine({ cookie })} "10.0.0.1"`], 2],
    ['late', [...times(99, logLine({ cookie: null })), logLine({ cookie })], 2],
    ['beside a few odd ones', [...times(9, logLine({ cookie })), logLine({ cookie: 'odd' })], 2],
    ['beside lines without it', [logLine(), logLine({ cookie }), 'nonsense'], 2],
    ['beside Set-Cookie', [`${logLine({ cookie })} "x=1; path=/"`], 2],
    ['where it is the only field', [logLine({ cookie: 'x=' })], 2],
  ]
  for (const [what, lines, position] of rows) {
    t.test(what, async t => {
      t.equal(detectCookieField(lines), position)
    })
  }
})

t.test('a line names its cookies, says that none were sent, or has no such field', async t => {
  const read = (line: string, at = 2) => readCookieField(line, parseLogLine(line)?.rest ?? 0, at)
  t.equal(read(logLine()), undefined, 'no such field')
  t.equal(read(logLine({ tls: 'TLS_RSA TLSV1.2' })), undefined, 'a bare field')
  t.equal(read(logLine({ cookie }).slice(0, -1)), undefined, 'broken off')
  t.equal(read(logLine({ cookie }), -1), undefined, 'before the first')
  t.equal(read(logLine({ cookie: null })), null)
  t.equal(read(logLine({ cookie: '' })), null)
  t.equal(read(logLine({ cookie })), cookie)
})
