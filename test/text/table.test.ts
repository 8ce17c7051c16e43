import t from 'tap'
import { plainOf } from '../../src/text/styled.ts'
import type { Table } from '../../src/text/table.ts'
import { formatRows, formatShare, formatTables, styleTables } from '../../src/text/table.ts'

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

const tables: Table[] = [
  {
    head: { name: 'what changes', requests: 'requests', clients: 'clients' },
    rows: [
      { name: 'turned away', requests: '1,000', clients: '3', share: 0.5, tone: 'bad' },
      { name: 'admitted', requests: '0', share: 0, tone: 'good', detail: 'none' },
      { name: 'unchanged ', requests: '7', share: 1 },
    ],
  },
  { head: { name: 'a longer head of a table' }, rows: [{ name: 'only a name  ' }] },
]

t.test('columns are as wide in each table, and no line ends with blanks', async t => {
  t.strictSame(formatTables(tables), [
    [
      'what changes              requests  clients',
      '  turned away                1,000        3',
      '  admitted                       0           none',
      '  unchanged                      7',
    ].join('\n'),
    'a longer head of a table\n  only a name',
  ])
  t.strictSame(formatRows([{ name: '' }, { name: 'a', detail: 'b' }]), ['', 'a      b'])
})

t.test('with bars each share has one, and the rest of the text is the same', async t => {
  const [first = []] = styleTables(tables, { width: 4, isUnicode: false })
  t.strictSame(plainOf(first).split('\n'), [
    'what changes              requests  clients',
    '  turned away                1,000        3  ##..',
    '  admitted                       0           ....  none',
    '  unchanged                      7           ####',
  ])
  t.strictSame(
    first.filter(part => typeof part !== 'string').map(({ text, style }) => [text.trim(), style]),
    [
      ['what changes              requests  clients', 'strong'],
      ['turned away', 'bad'],
      ['1,000', 'bad'],
      ['##', 'bad'],
      ['admitted', 'faint'],
      ['0', 'faint'],
      ['none', 'faint'],
    ],
    'none of what would be good is faint',
  )
})
