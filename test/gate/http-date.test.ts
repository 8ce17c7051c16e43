import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseHttpDate } from '../../src/gate/http-date.ts'
import { checkPreconditions } from '../../src/gate/preconditions.ts'
import { describePhoto } from '../../src/photo/photo-store.ts'
import { shared } from '../fixtures/root.ts'

const now = Date.UTC(2026, 10, 27)
const at = Date.UTC(1994, 10, 6, 8, 49, 37)

t.test('text in another form, or of a time that does not exist, is not a date', async t => {
  for (const text of [
    '',
    'rubbish',
    '1994-11-06T08:49:37Z',
    '784111777',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 GMT+1',
    'Sun, 06 Nov 1994 08:49 GMT',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun,06 Nov 1994 08:49:37 GMT',
    'sun, 06 nov 1994 08:49:37 gmt',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sun, 06-Nov-1994 08:49:37 GMT',
    'Sun, 06-Nov-94 08:49:37 GMT',
    'Sunday, 06 Nov 1994 08:49:37 GMT',
    'Tuesnesday, 06-Nov-94 08:49:37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 2033 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:00 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Mon, 31 Feb 2025 08:49:37 GMT',
    'Mon, 29 Feb 2025 08:49:37 GMT',
    'Mon, 31 Apr 2025 08:49:37 GMT',
    'Mon, 00 Apr 2025 08:49:37 GMT',
    'Monday, 31-Feb-25 08:49:37 GMT',
    'Mon Feb 31 08:49:37 2025',
    'Sun Nov  0 08:49:37 1994',
    'Sun Nov 6 08:49:37 1994',
    `Sun, 06 Nov 1994 08:49:37 GMT${' '.repeat(9_000)}`,
  ]) {
    t.equal(parseHttpDate(text, now), undefined, text.slice(0, 60))
  }
  t.equal(parseHttpDate(undefined), undefined)
})

t.test('all three forms of a date are parsed', async t => {
  for (const [text, ms] of [
    ['Sun, 06 Nov 1994 08:49:37 GMT', at],
    ['Sunday, 06-Nov-94 08:49:37 GMT', at],
    ['Sun Nov  6 08:49:37 1994', at],
    ['Sun Nov 06 08:49:37 1994', at],
    ['Wed Nov 16 08:49:37 1994', Date.UTC(1994, 10, 16, 8, 49, 37)],
    // The day of the week is not checked.
    ['Mon, 06 Nov 1994 08:49:37 GMT', at],
    ['Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
    ['Sat, 31 Dec 2016 23:59:60 GMT', Date.UTC(2017, 0, 1)],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Sat, 01 Jan 0094 00:00:00 GMT', Date.parse('0094-01-01T00:00:00Z')],
  ] as const) {
    t.equal(parseHttpDate(text, now), ms, text)
  }
})

t.test('a two-digit year is in the past when it would be more than 50 years ahead', async t => {
  const yearOf = (text: string, nowMs: number) =>
    new Date(parseHttpDate(text, nowMs) as number).getUTCFullYear()
  const rows: [digits: string, year: number, now: number][] = [
    ['50', 2050, now],
    ['26', 2026, now],
    ['75', 2075, now],
    ['76', 2076, now],
    ['77', 1977, now],
    ['94', 1994, now],
    ['00', 2000, now],
    ['10', 2110, Date.UTC(2090, 0, 1)],
    ['45', 2045, Date.UTC(2090, 0, 1)],
    ['99', 1999, Date.UTC(1999, 5, 1)],
    ['20', 2020, Date.UTC(1999, 5, 1)],
  ]
  for (const [digits, year, nowMs] of rows) {
    t.equal(yearOf(`Sunday, 06-Nov-${digits} 08:49:37 GMT`, nowMs), year, digits)
  }
  t.equal(yearOf('Sunday, 26-Nov-76 00:00:00 GMT', now), 2076)
  t.equal(yearOf('Sunday, 28-Nov-76 00:00:00 GMT', now), 1976, 'one day more than 50 years')
  t.equal(parseHttpDate('Sunday, 29-Feb-77 00:00:00 GMT', now), undefined)
})

const inputs = join(shared, 'field/inputs/peers/dates/headers.txt')
t.test('headers that other servers misread', async t => {
  if (!existsSync(inputs)) return void t.comment(`skipped: ${inputs} is not there`)
  const photo = describePhoto(Buffer.alloc(100, 7), 'image/jpeg', now)
  const verdicts = readFileSync(inputs, 'utf8')
    .trim()
    .split('\n')
    .map(line => {
      const [, name = '', value = ''] = /^([^:]+): (.*)$/.exec(line) ?? []
      const headers = { [name.toLowerCase()]: value.replace('"<etag>"', photo.etag) }
      return `${line}: ${checkPreconditions('GET', headers, photo).kind}`
    })
  t.strictSame(verdicts, [
    'If-Modified-Since: Sunday, 06-Nov-50 08:49:37 GMT: not-modified',
    'If-Unmodified-Since: Sunday, 06-Nov-50 08:49:37 GMT: whole',
    'If-Match: w/"<etag>": precondition-failed',
    'If-Modified-Since: Sun, 06 Nov 2033 24:00:00 GMT: whole',
  ])
})
