import t from 'tap'
import type { PeopleOfAddress } from '../../src/photo/import-records.ts'
import type { PhotoFile } from '../../src/photo/photo-file.ts'
import type { Delivery } from '../../src/photo/report-outbox.ts'
import { buildReportOutbox, maxEntries } from '../../src/photo/report-outbox.ts'

function setup() {
  const deliveries: Delivery[] = []
  const outbox = buildReportOutbox(delivery => deliveries.push(delivery))
  return { deliveries, outbox }
}

const names = (count: number, prefix = 'p') =>
  Array.from({ length: count }, (_, at) => `${prefix}${at}@x.jpg`)
const fileOf = (name: string): PhotoFile => ({
  ...{ name, address: name, signature: '', modifiedMs: 0, inode: name, links: 1 },
})

t.test('the next delivery waits until the last one was acknowledged', async t => {
  const { deliveries, outbox } = setup()
  outbox.put({ kind: 'files', changed: [], gone: ['a@x.jpg'], people: [] })
  outbox.put({ kind: 'scanned', files: 0, milliseconds: 1 })
  t.equal(deliveries.length, 1)
  outbox.acknowledge()
  t.equal(deliveries.length, 2)
  outbox.acknowledge()
  outbox.acknowledge()
  outbox.put({ kind: 'unreadable', message: 'x' })
  t.strictSame(
    deliveries.map(({ kind }) => kind),
    ['files', 'scanned', 'unreadable'],
  )
})

t.test(
  'a folder of 200,000 photos that is swapped is delivered in pieces of bounded size',
  async t => {
    const { deliveries, outbox } = setup()
    const people = names(700).map((name): PeopleOfAddress => [name, [1]])
    const gone = names(200_000, 'old')
    const changed = names(200_000, 'new').map(fileOf)
    outbox.put({ kind: 'files', changed, gone, people })
    for (let at = 0; at < deliveries.length; at++) outbox.acknowledge()
    const parts = deliveries.flatMap(one => (one.kind === 'files' ? [one] : []))
    t.ok(
      parts.every(
        part => part.people.length + part.gone.length + part.changed.length <= maxEntries,
      ),
    )
    t.ok(
      parts.slice(0, -1).every(({ isPart }) => isPart),
      'each piece but the last says that more follow',
    )
    t.equal(parts.at(-1)?.isPart, false)
    t.strictSame(
      parts.flatMap(part => part.people),
      people,
    )
    t.strictSame(
      parts.flatMap(part => part.gone),
      gone,
    )
    t.strictSame(
      parts.flatMap(part => part.changed),
      changed,
    )
    t.ok(parts[0]?.people.length, 'the people of photos come before the photos')
  },
)

t.test('files that are not served are delivered in groups', async t => {
  const { deliveries, outbox } = setup()
  const files = names(1_000).map(name => ({ name, reason: 'is empty' }))
  outbox.put({ kind: 'unserved', files, isNews: true })
  t.strictSame(deliveries, [
    {
      ...{ kind: 'unserved', isNews: true },
      groups: [
        {
          reason: 'is empty',
          files: 1_000,
          names: files
            .map(({ name }) => name)
            .sort()
            .slice(0, 5),
        },
      ],
    },
  ])
})
