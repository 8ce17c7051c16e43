import t from 'tap'
import { runWatchCommand } from '../../src/photo/watch-command.ts'

t.test(
  'the watch looks at the named file, and sends more when a delivery is acknowledged',
  async t => {
    const done: string[] = []
    const outbox = { acknowledge: () => void done.push('next delivery') }
    const watch = { look: (name: string) => void done.push(`look at ${name}`) }
    runWatchCommand({ outbox, watch }, { kind: 'look', name: 'joe@x.jpg' })
    runWatchCommand({ outbox, watch }, { kind: 'taken' })
    t.strictSame(done, ['look at joe@x.jpg', 'next delivery'])
  },
)
