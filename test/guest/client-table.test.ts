// The table of clients against a map that keeps its order.
import t from 'tap'
import { ClientTable } from '../../src/guest/client-table.ts'
import { fc } from '../fixtures/property.ts'

t.test('any order of steps leaves the clients and their order that a map has', async t => {
  const step = fc.record({ kind: fc.constantFrom('add', 'touch', 'remove'), hash: fc.nat(60) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const table = new ClientTable()
      const model = new Map<number, number>()
      for (const { kind, hash } of steps) {
        const row = model.get(hash)
        if (table.find(hash) !== row) return false
        if (row === undefined) model.set(hash, table.add(hash))
        else {
          model.delete(hash)
          if (kind === 'remove') table.remove(row)
          else {
            table.touch(row)
            model.set(hash, row)
          }
        }
        if (table.size !== model.size) return false
        const [oldest] = model
        if (oldest !== undefined && table.hashOf(table.oldest()) !== oldest[0]) return false
        if (new Set(model.values()).size !== model.size) return false
      }
      return true
    }),
    { numRuns: 300 },
  )
  t.pass()
})

t.test('an empty table has no oldest client', async t => {
  const table = new ClientTable()
  t.equal(table.oldest(), -1)
  table.remove(table.add(7))
  t.equal(table.oldest(), -1)
  t.equal(table.find(7), undefined)
})
