import t from 'tap'
import type { SchemaNode } from '../../../src/config/schema/node.ts'
import { formatReference } from '../../../src/config/schema/reference.ts'

const reference = (properties: Record<string, unknown>) =>
  formatReference({ type: 'object', properties } as SchemaNode)

/** The rows of the tables, without their heads. */
const rowsOf = (text: string) => text.split('\n').filter(line => line.startsWith('| `'))

t.test('texts of the schema are escaped in the table', async t => {
  const text = { type: 'string', description: 'a|b, *c* and <d>', examples: ['x|y'] }
  t.strictSame(rowsOf(reference({ key: text })), [
    '| `key` | text | none | A\\|b, \\*c\\* and \\<d\\>. Example: `"x\\|y"` |',
  ])
})

t.test('each type of value is described', async t => {
  const rows: [string, object][] = [
    ['`true` or `false`', { type: 'boolean' }],
    ['integer of at least 1', { type: 'integer', minimum: 1 }],
    ['integer from 1 to 9', { type: 'integer', minimum: 1, maximum: 9 }],
    ['`a` or `b`', { enum: ['a', 'b'] }],
    ['`401` or `403`', { anyOf: [{ const: 401 }, { const: 403 }] }],
    ['LDAP URL', { type: 'string', format: 'ldap-url' }],
    ['name', { type: 'string', pattern: '^[a-z]' }],
    [
      'text, or a list of them',
      { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    ],
  ]
  for (const [form, node] of rows) {
    t.test(form, async t => {
      t.strictSame(rowsOf(reference({ key: { description: 'd', ...node } })), [
        `| \`key\` | ${form} | none | D. |`,
      ])
    })
  }
})

t.test('a default that equals the example is shown once', async t => {
  const text = { type: 'string', description: 'd', examples: ['5m'], default: '5m' }
  t.strictSame(rowsOf(reference({ key: text })), ['| `key` | text | `5m` | D. |'])
})

t.test('alternatives that share keys get a table each', async t => {
  const name = { type: 'string', description: 'a name', examples: ['n'] }
  const mapping = (kind: string) => ({
    ...{ type: 'object', description: `what ${kind} is`, required: [kind] },
    properties: { [kind]: name, name },
  })
  const text = reference({
    key: { description: 'd', examples: [{ a: 'n' }], anyOf: [mapping('a'), mapping('b')] },
  })
  t.match(text, '### `key` with `b`: what b is')
  t.strictSame(
    rowsOf(text).map(row => row.split(' | ', 3).join(' | ')),
    [
      '| `key` | mapping | none',
      '| `key.a` | text | required',
      '| `key.name` | text | none',
      '| `key.b` | text | required',
      '| `key.name` | text | none',
    ],
  )
})
