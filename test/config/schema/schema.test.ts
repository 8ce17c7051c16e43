import t from 'tap'
import { findMistake } from '../../../src/config/schema/formats.ts'
import { configSchema } from '../../../src/config/schema/schema.ts'
import { openConfigHome } from '../../fixtures/config.ts'

interface Node {
  readonly type?: string
  readonly description?: string
  readonly additionalProperties?: unknown
  readonly [key: string]: unknown
}

/** Every schema inside the schema, with the path to it. */
function schemasIn(node: Node, path = ''): [string, Node][] {
  const inner = Object.entries(node).flatMap(([key, value]): [string, Node][] =>
    typeof value === 'object' && value !== null && key !== 'examples' && key !== 'enum'
      ? schemasIn(value as Node, `${path}/${key}`)
      : [],
  )
  return node.type === undefined ? inner : [[path, node], ...inner]
}

const schemas = schemasIn(configSchema as unknown as Node)

t.test('every object of the schema is closed against unknown keys', async t => {
  const objects = schemas.filter(([, { type }]) => type === 'object')
  t.ok(objects.length >= 8, `${objects.length} objects`)
  for (const [path, { additionalProperties }] of objects) {
    t.test(path || 'the whole', async t => {
      t.equal(additionalProperties, false)
    })
  }
})

t.test('an unknown key is refused at every level', async t => {
  const home = openConfigHome(t, { 'empty.txt': '' })
  const rows: [string, RegExp][] = [
    ['zzz: 1', /^photogate\.yaml:1:1 zzz is not known; known here: listen, /],
    [
      'listen: [{ host: h, port: 1, zzz: 1 }]',
      /:30 listen\[0\]\.zzz is not known; known here: host, port/,
    ],
    [
      'networks: { a: { file: empty.txt, zzz: 1 } }',
      /:35 networks\.a\.zzz is not known; known here: file/,
    ],
    [
      'groups: { a: { file: empty.txt, zzz: 1 } }',
      /:33 groups\.a\.zzz is not known; known here: file/,
    ],
    ['networks: { "z z": 10.0.0.1 }', /:13 networks\.z z is not a name/],
    [
      'photos: { zzz: 1 }',
      /:11 photos\.zzz is not known; known here: directory, missing, maxAge, cache/,
    ],
    [
      'allow: [{ name: a, from: 10.0.0.1, zzz: 1 }]',
      /:36 allow\[0\]\.zzz is not known; known here: name, from, cookie, ltpa, link, pass, photos, budget, alarm/,
    ],
    [
      'otherwise: { redirect: /x, zzz: 1 }',
      /:28 otherwise\.zzz is not known; known here: redirect/,
    ],
    ['otherwise: { status: 403, zzz: 1 }', /:27 otherwise\.zzz is not known; known here: status/],
  ]
  for (const [text, expected] of rows) {
    t.test(text, async t => {
      t.match(home.problems(text), [expected])
    })
  }
})

t.test('every key has a description, for editors', async t => {
  const properties = Object.entries(configSchema.properties as unknown as Record<string, Node>)
  for (const [key, { description }] of properties) {
    t.test(key, async t => {
      t.ok(description, 'has a description')
    })
  }
})

t.test('a text of an unknown format has no mistake', async t => {
  t.equal(findMistake('unheard-of', 'x'), undefined)
  t.equal(findMistake('network', '10.0.0.0/8'), undefined)
})
