import type { IncomingHttpHeaders } from 'node:http'
import t from 'tap'
import { checkPreconditions } from '../../src/gate/preconditions.ts'
import { describePhoto } from '../../src/photo/photo-store.ts'
import { fc } from '../fixtures/property.ts'

// 100 bytes of Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's own examples.
const photo = describePhoto(Buffer.alloc(100, 7), 'image/jpeg', 784_111_777_000)
const { etag } = photo
const at = 'Sun, 06 Nov 1994 08:49:37 GMT'
const before = 'Sun, 06 Nov 1994 08:49:36 GMT'
const after = 'Sun, 06 Nov 1994 08:49:38 GMT'

function verdictOf(headers: IncomingHttpHeaders, method = 'GET'): string {
  const result = checkPreconditions(method, headers, photo)
  return result.kind === 'range' ? `${result.first}-${result.last}` : result.kind
}

type Row = [headers: IncomingHttpHeaders, result: string]

function table(title: string, rows: Row[]): void {
  t.test(title, async t => {
    for (const [headers, result] of rows) {
      t.test(`${JSON.stringify(headers)}: ${result}`, async t => {
        t.equal(verdictOf(headers), result)
        t.equal(verdictOf(headers, 'HEAD'), /^\d|^range/.test(result) ? 'whole' : result, 'HEAD')
      })
    }
  })
}

table('If-Match compares strongly', [
  [{ 'if-match': '"other"' }, 'precondition-failed'],
  [{ 'if-match': `W/${etag}` }, 'precondition-failed'],
  [{ 'if-match': '' }, 'precondition-failed'],
  [{ 'if-match': 'rubbish' }, 'precondition-failed'],
  [{ 'if-match': etag.slice(1, -1) }, 'precondition-failed'],
  [{ 'if-match': '"a", W/"b"' }, 'precondition-failed'],
  [{ 'if-match': etag }, 'whole'],
  [{ 'if-match': `"a", ${etag}` }, 'whole'],
  [{ 'if-match': `"a,b" ,${etag},W/"c"` }, 'whole'],
  [{ 'if-match': '*' }, 'whole'],
  [{ 'if-match': ' * ' }, 'whole'],
])

// RFC 9110 section 8.8.3. One malformed tag makes the whole header invalid, including its other tags.
const noList = [
  `w/${etag}`,
  `x ${etag} y`,
  `x${etag}`,
  `${etag}x`,
  `${etag} "other"`,
  `${etag};"other"`,
  `"other" ${etag}`,
  `W ${etag}`,
  `W/ ${etag}`,
  `"a b", ${etag}`,
  `"a\tb", ${etag}`,
  `"unfinished, ${etag}`,
  `${etag}, "unfinished`,
  `${etag}, *`,
  `*, ${etag}`,
  `'${etag}'`,
  ',',
  '""',
  '"',
]
table('a malformed list of entity tags matches nothing in If-Match', [
  ...noList.map((header): Row => [{ 'if-match': header }, 'precondition-failed']),
])
table('a malformed list of entity tags matches nothing in If-None-Match', [
  ...noList.map((header): Row => [{ 'if-none-match': header }, 'whole']),
])
table('a list of entity tags may have empty elements, and one tag twice', [
  [{ 'if-none-match': `,, ,${etag}` }, 'not-modified'],
  [{ 'if-none-match': `${etag},` }, 'not-modified'],
  [{ 'if-none-match': `"a",,\t, W/${etag} ,` }, 'not-modified'],
  [{ 'if-none-match': '"", "!#~\u00ff"' }, 'whole'],
  [{ 'if-match': `W/${etag}, ${etag}` }, 'whole'],
  [{ 'if-match': `,"a",${etag},,` }, 'whole'],
  [{ 'if-match': `W/${etag}, W/${etag}` }, 'precondition-failed'],
])

table('If-Unmodified-Since counts only without If-Match', [
  [{ 'if-unmodified-since': before }, 'precondition-failed'],
  [{ 'if-unmodified-since': at }, 'whole'],
  [{ 'if-unmodified-since': after }, 'whole'],
  [{ 'if-unmodified-since': 'rubbish' }, 'whole'],
  [{ 'if-match': etag, 'if-unmodified-since': before }, 'whole'],
  [{ 'if-match': '"other"', 'if-unmodified-since': after }, 'precondition-failed'],
])

table('If-None-Match compares weakly', [
  [{ 'if-none-match': etag }, 'not-modified'],
  [{ 'if-none-match': `W/${etag}` }, 'not-modified'],
  [{ 'if-none-match': `"a", W/"b",${etag}` }, 'not-modified'],
  [{ 'if-none-match': '*' }, 'not-modified'],
  [{ 'if-none-match': ' *' }, 'not-modified'],
  [{ 'if-none-match': '"other"' }, 'whole'],
  [{ 'if-none-match': '' }, 'whole'],
  [{ 'if-none-match': etag.slice(1, -1) }, 'whole'],
  [{ 'if-none-match': `w/"x"` }, 'whole'],
  [{ 'if-none-match': '"' }, 'whole'],
])

table('If-Modified-Since counts only without If-None-Match', [
  [{ 'if-modified-since': at }, 'not-modified'],
  [{ 'if-modified-since': after }, 'not-modified'],
  [{ 'if-modified-since': before }, 'whole'],
  [{ 'if-none-match': '"other"', 'if-modified-since': at }, 'whole'],
  [{ 'if-none-match': etag, 'if-modified-since': before }, 'not-modified'],
])

table('If-Match and If-Unmodified-Since come before the headers that save bytes', [
  [{ 'if-match': '"other"', 'if-none-match': etag }, 'precondition-failed'],
  [{ 'if-match': etag, 'if-none-match': etag }, 'not-modified'],
  [{ 'if-unmodified-since': before, 'if-none-match': etag }, 'precondition-failed'],
  [{ 'if-unmodified-since': before, 'if-modified-since': at }, 'precondition-failed'],
  [{ 'if-match': '"other"', range: 'bytes=0-0' }, 'precondition-failed'],
  [{ 'if-none-match': etag, range: 'bytes=0-0' }, 'not-modified'],
  [{ 'if-none-match': etag, range: 'bytes=999-' }, 'not-modified'],
  [{ 'if-modified-since': at, range: 'bytes=0-0' }, 'not-modified'],
  [{ 'if-none-match': '"other"', range: 'bytes=0-0' }, '0-0'],
])

table('a date may have any of the three forms; other text is ignored', [
  [{ 'if-modified-since': 'Sunday, 06-Nov-94 08:49:37 GMT' }, 'not-modified'],
  [{ 'if-modified-since': 'Sunday, 06-Nov-94 08:49:36 GMT' }, 'whole'],
  [{ 'if-modified-since': 'Sun Nov  6 08:49:37 1994' }, 'not-modified'],
  [{ 'if-modified-since': 'Sun Nov  6 08:49:36 1994' }, 'whole'],
  [{ 'if-modified-since': 'Sun Nov 06 08:49:37 1994' }, 'not-modified'],
  [{ 'if-modified-since': '' }, 'whole'],
  [{ 'if-modified-since': '1' }, 'whole'],
  [{ 'if-modified-since': '9999' }, 'whole'],
  [{ 'if-modified-since': '2030-01-01' }, 'whole'],
  [{ 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 +0000' }, 'whole'],
  [{ 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37' }, 'whole'],
  [{ 'if-modified-since': 'Sun, 6 Nov 1994 08:49:37 GMT' }, 'whole'],
  [{ 'if-modified-since': 'Sun, 06 Nov 1994 08:49:37 GMT (really)' }, 'whole'],
  [{ 'if-modified-since': 'Sun, 06 Xyz 1994 08:49:37 GMT' }, 'whole'],
  [{ 'if-modified-since': 'Sun, 99 Nov 2994 99:99:99 GMT' }, 'whole'],
  [{ 'if-modified-since': `${at}, ${at}` }, 'whole'],
])

table('one range of bytes gets exactly that range', [
  [{ range: 'bytes=0-0' }, '0-0'],
  [{ range: 'bytes=0-99' }, '0-99'],
  [{ range: 'bytes=10-19' }, '10-19'],
  [{ range: 'bytes=10-' }, '10-99'],
  [{ range: 'bytes=99-' }, '99-99'],
  [{ range: 'bytes=-1' }, '99-99'],
  [{ range: 'bytes=-100' }, '0-99'],
  [{ range: 'bytes=-101' }, '0-99'],
  [{ range: `bytes=-${'9'.repeat(400)}` }, '0-99'],
  [{ range: 'bytes=90-1000' }, '90-99'],
  [{ range: `bytes=90-${'9'.repeat(400)}` }, '90-99'],
  [{ range: 'BYTES=1-2' }, '1-2'],
  [{ range: 'bytes= 1-2 ' }, '1-2'],
])

t.test(
  'a range outside the photo is unsatisfiable, but not for HEAD, which has no ranges',
  async t => {
    for (const range of ['bytes=100-', 'bytes=100-200', `bytes=${'9'.repeat(400)}-`, 'bytes=-0']) {
      t.test(range.slice(0, 30), async t => {
        t.equal(verdictOf({ range }), 'range-unsatisfiable')
        t.equal(verdictOf({ range }, 'HEAD'), 'whole')
      })
    }
  },
)

table('several or malformed ranges get the whole photo once (CVE-2011-3192)', [
  [{ range: 'bytes=0-0,1-1' }, 'whole'],
  [{ range: 'bytes=0-,0-,0-,0-' }, 'whole'],
  [{ range: `bytes=${Array(1000).fill('0-').join(',')}` }, 'whole'],
  [{ range: 'bytes=0-0, bytes=1-1' }, 'whole'],
  [{ range: 'bytes=2-1' }, 'whole'],
  [{ range: 'bytes=-' }, 'whole'],
  [{ range: 'bytes=' }, 'whole'],
  [{ range: 'bytes' }, 'whole'],
  [{ range: '' }, 'whole'],
  [{ range: 'bytes=--1' }, 'whole'],
  [{ range: 'bytes=-1-' }, 'whole'],
  [{ range: 'bytes=a-b' }, 'whole'],
  [{ range: 'bytes=0x1-2' }, 'whole'],
  [{ range: 'bytes=1e1-20' }, 'whole'],
  [{ range: 'items=0-0' }, 'whole'],
  [{ range: 'bytes=0-0;q=1' }, 'whole'],
])

table('a range counts only when If-Range names the very same photo', [
  [{ range: 'bytes=0-0', 'if-range': etag }, '0-0'],
  [{ range: 'bytes=0-0', 'if-range': at }, '0-0'],
  [{ range: 'bytes=0-0', 'if-range': 'Sun Nov  6 08:49:37 1994' }, '0-0'],
  [{ range: 'bytes=0-0', 'if-range': '"other"' }, 'whole'],
  [{ range: 'bytes=0-0', 'if-range': `W/${etag}` }, 'whole'],
  [{ range: 'bytes=0-0', 'if-range': `"a", ${etag}` }, 'whole'],
  [{ range: 'bytes=0-0', 'if-range': before }, 'whole'],
  [{ range: 'bytes=0-0', 'if-range': after }, 'whole'],
  [{ range: 'bytes=0-0', 'if-range': 'rubbish' }, 'whole'],
  [{ range: 'bytes=0-0', 'if-range': '' }, 'whole'],
  [{ range: 'bytes=999-', 'if-range': '"other"' }, 'whole'],
])

t.test('no header causes an exception, and every range is inside the photo', async () => {
  const piece = fc.constantFrom(
    'bytes=',
    '-',
    ',',
    '0',
    '9',
    '99999999999999999999',
    '"',
    'W/',
    etag,
    '*',
    at,
    ' ',
  )
  const text = fc.oneof(
    fc.array(piece, { maxLength: 6 }).map(pieces => pieces.join('')),
    fc.string(),
  )
  const names = [
    'if-match',
    'if-none-match',
    'if-modified-since',
    'if-unmodified-since',
    'if-range',
    'range',
  ]
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), text), headers => {
      const result = checkPreconditions('GET', headers, photo)
      if (result.kind !== 'range') return true
      return 0 <= result.first && result.first <= result.last && result.last < 100
    }),
    { numRuns: 3_000 },
  )
})
