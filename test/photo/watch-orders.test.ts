import t from 'tap'
import { obey } from '../../src/photo/watch-orders.ts'

t.test(
  'the watch looks at the file that is named, and goes on when a delivery is taken',
  async t => {
    const done: string[] = []
    const outbox = { acknowledge: () => void done.push('next delivery') }
    const watch = { look: (name: string) => void done.push(`look at ${name}`) }
    obey({ outbox, watch }, { kind: 'look', name: 'joe@x.jpg' })
    obey({ outbox, watch }, { kind: 'taken' })
    t.strictSame(done, ['look at joe@x.jpg', 'next delivery'])
  },
)
