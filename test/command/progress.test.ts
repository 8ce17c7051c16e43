import t from 'tap'
import { buildProgress } from '../../src/command/progress.ts'

function watch(totalBytes: number | undefined) {
  const texts: string[] = []
  let timeMs = 1_000
  const progress = buildProgress({
    terminal: { write: text => texts.push(text) },
    totalBytes,
    now: () => timeMs,
  })
  return { texts, progress, wait: (ms: number) => (timeMs += ms) }
}

t.test('progress is one overwritten line with the share, the time left and the rate', async t => {
  const { texts, progress, wait } = watch(1_000)
  wait(2_000)
  progress.show(250, 500_000)
  progress.show(251, 500_001)
  wait(60_000)
  progress.show(500, 1_000_000)
  progress.clear()
  t.strictSame(texts, [
    '\r\x1b[K25 %, 0:06 left, 250,000 lines/s',
    '\r\x1b[K50 %, 1:02 left, 16,129 lines/s',
    '\r\x1b[K',
  ])
})

t.test('without a known size only the rate is shown', async t => {
  for (const totalBytes of [undefined, 100]) {
    const { texts, progress, wait } = watch(totalBytes)
    wait(1_000)
    progress.show(250, 10)
    t.strictSame(texts, ['\r\x1b[K10 lines/s'])
  }
})

t.test('nothing is erased when nothing was shown', async t => {
  const { texts, progress } = watch(1_000)
  progress.clear()
  t.strictSame(texts, [])
})
