// Random conditions in a real Apache, and their conversions: for clients of both families, with cookies
// and with X-Forwarded-For, the gate admits nobody whom Apache turns away, and the report says whom it turns away itself.

import t from 'tap'
import type { Request } from '../fixtures/compared-blocks.ts'
import { compareBlocks } from '../fixtures/compared-blocks.ts'
import { randomConditions } from '../fixtures/httpd-conditions.ts'
import { fc } from '../fixtures/property.ts'
import { seed } from '../fixtures/random.ts'

const clients = [
  ...['10.1.2.3', '10.2.0.3', '10.30.0.7', '110.1.2.3', '192.0.2.7', '200.10.1.1', '1.2.3.4'],
  ...['127.0.0.1', '::1', '2001:db8:10::5', '2001:db8:1::7', 'fe80::1', '10:1::2', 'abcd:ef::'],
]
const cookies = [
  '',
  'Sso=1',
  'sso=abc',
  'x=y; Sso=abc',
  'xSso=1',
  'Sso=',
  'wp_logged_in_ab=x',
  'T=1',
  'Sso=-',
]
const forwarded = [undefined, '10.1.2.3', '2001:db8:10::5', '192.0.2.7']
const count = Number(process.env.RANDOM_CONDITIONS ?? 120)

function requestsFor(block: string): Request[] {
  const sent = /cookie/i.test(block) ? cookies : ['']
  const headers = /forwarded/i.test(block) ? forwarded : [undefined]
  return clients.flatMap(client =>
    sent.flatMap(cookie =>
      headers.map(forwardedFor =>
        forwardedFor === undefined ? { client, cookie } : { client, cookie, forwardedFor },
      ),
    ),
  )
}

t.test('the conversions of random conditions admit nobody whom Apache turns away', async t => {
  t.comment(`RANDOM_SEED=${seed}`)
  const blocks = (photos: string) =>
    fc.sample(randomConditions(photos), { seed, numRuns: Math.ceil(count * 1.4) })
  const comparisons = await compareBlocks(t, blocks, { requestsFor, count })
  if (comparisons === undefined) return
  const counts = { blocks: 0, same: 0, stricter: 0, wider: 0, admitted: 0, whole: 0 }
  for (const each of comparisons) {
    counts.blocks++
    if (each.conversion.leftovers.length === 0) counts.whole++
    for (const kind of ['same', 'stricter', 'wider', 'admitted'] as const) {
      counts[kind] += each.counts[kind]
    }
  }
  t.comment(JSON.stringify(counts))
  t.ok(counts.blocks > count / 2 && counts.same > counts.blocks * 5)
  // About one block in eight is: the bound is low enough that no seed fails by chance, and well above none.
  t.ok(counts.whole > counts.blocks / 40, 'some blocks are carried over completely')
  const wrong = comparisons.filter(each => each.wrong.length > 0)
  for (const { block, wrong: complaints, conversion } of wrong.slice(0, 12)) {
    t.fail(complaints[0] ?? '', {
      block,
      rules: conversion.rules.map(({ name }) => name),
      leftovers: conversion.leftovers.map(({ line, message }) => `${line}: ${message}`),
    })
  }
  t.equal(wrong.length, 0)
})
