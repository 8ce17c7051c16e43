// The lists by themselves: what the ledger's tests do not reach.
import t from 'tap'
import { PeopleLists } from '../../src/guest/people-lists.ts'

t.test('two clients have the same person apart, whatever its number', async t => {
  const lists = new PeopleLists()
  const asked = { isMissing: false, nowMs: 1 }
  for (const person of [1, 2 ** 52 - 1]) {
    for (const client of [0, 1_000]) {
      lists.open(client)
      t.notOk(lists.touch(client, person, asked))
      lists.append(client, person, asked)
      t.ok(lists.touch(client, person, asked))
      lists.dropOldest(client)
      t.notOk(lists.touch(client, person, asked))
      lists.append(client, person, asked)
    }
  }
  t.equal(lists.size, 4)
})
