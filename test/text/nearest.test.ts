import t from 'tap'
import { findNearest } from '../../src/text/nearest.ts'

t.test('only a key with a similar spelling is suggested', async t => {
  const keys = ['listen', 'proxies', 'clientHeader', 'networks', 'photos', 'allow', 'otherwise']
  const rows: [string, string | undefined][] = [
    ['verbose', undefined],
    ['headers', undefined],
    ['zzz', undefined],
    ['proxys', 'proxies'],
    ['PROXIES', 'proxies'],
    ['client-header', 'clientHeader'],
    ['network', 'networks'],
    ['photo', 'photos'],
    ['alow', 'allow'],
    ['otherwize', 'otherwise'],
    ['lsiten', 'listen'],
  ]
  for (const [text, nearest] of rows) {
    t.test(
      `${text} is ${nearest === undefined ? 'near to none' : `near to ${nearest}`}`,
      async t => {
        t.equal(findNearest(text, keys), nearest)
      },
    )
  }
  t.equal(findNearest('anything', []), undefined)
})
