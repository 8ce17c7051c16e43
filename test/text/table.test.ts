import t from 'tap'
import { formatShare } from '../../src/text/table.ts'

t.test('a share says none and all only when it is none and all', async t => {
  const rows: [number, string][] = [
    [0, '0.0 %'],
    [1e-9, '< 0.1 %'],
    [0.00099, '< 0.1 %'],
    [0.001, '0.1 %'],
    [0.12345, '12.3 %'],
    [0.9996, '99.9 %'],
    [1, '100 %'],
  ]
  for (const [share, text] of rows) t.equal(formatShare(share), text)
})
