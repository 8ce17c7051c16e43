// A default stands once, in the schema: an empty configuration gets the schema's values, and a changed default there
// changes the settings. So no builder has a value of its own.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import type { SchemaNode } from '../../../src/config/schema/node.ts'
import { defaultOf, object } from '../../../src/config/schema/parts.ts'
import { configSchema } from '../../../src/config/schema/schema.ts'
import type { Settings } from '../../../src/config/settings.ts'
import type { SourceSettings } from '../../../src/config/supply/settings.ts'
import { parseDuration, parseShare, parseSize } from '../../../src/config/units.ts'
import { openConfigHome } from '../../fixtures/config.ts'
import { writeKeys } from '../../fixtures/key-files.ts'
import { buildIssuer } from '../../fixtures/ltpa-issuer.ts'
import { makeSelfSigned } from '../../fixtures/self-signed.ts'

interface Setting {
  /** Parses the schema's text of the default. */
  readonly parse?: (text: never) => unknown
  readonly read: (settings: Settings) => unknown
  /** What the configuration must also say for the default to be used. */
  readonly beside?: string
  /** Another value that the schema accepts. */
  readonly other: unknown
}

const seconds = (text: string) => parseDuration(text)
const milliseconds = (text: string) => (parseDuration(text) as number) * 1000
const names = (texts: string[]) => new Set(texts.map(text => text.toLowerCase()))
const source = <Kind extends SourceSettings['kind']>(kind: Kind, settings: Settings) =>
  settings.supply?.sources.find(one => one.kind === kind) as Extract<SourceSettings, { kind: Kind }>

const counting = 'allow: { name: a, cookie: A, budget: { people: 40 }, alarm: { people: 500 } }\n'
const sentinels =
  'ledger: { redis: { sentinels: [s1], master: photos }, secretFile: ledger.secret }\n'
const secured = 'listen: { host: 127.0.0.1, port: 1, tls: { cert: cert.pem, key: key.pem } }\n'
const tlsOf = ({ listen: [first] }: Settings) =>
  first !== undefined && 'tls' in first ? first.tls : undefined
const otherListen = [{ host: '127.0.0.2', port: 1 }]
const settingOf: Record<string, Setting> = {
  listen: { read: ({ listen }) => listen, other: otherListen },
  'listen[host].tls.minVersion': {
    ...{ beside: secured, other: 'TLSv1.3', read: settings => tlsOf(settings)?.minVersion },
  },
  'listen[host].tls.alpn': {
    ...{ beside: secured, other: ['http/1.0'], read: settings => tlsOf(settings)?.alpn },
  },
  'listen[host].tls.clientCert': {
    parse: (text: string) => text === 'required',
    ...{ beside: secured, other: 'optional' },
    read: settings => tlsOf(settings)?.needsClientCert,
  },
  'listen[socket].mode': {
    parse: (text: string) => Number.parseInt(text, 8),
    beside: 'listen: { socket: /run/gate.sock }',
    other: '0600',
    read: ({ listen: [first] }) => first !== undefined && 'mode' in first && first.mode,
  },
  clientHeader: { read: ({ clientHeader }) => clientHeader, other: 'forwarded' },
  allow: {
    parse: (rules: { name: string }[]) => rules.map(({ name }) => name),
    read: ({ policy }) => policy.rules.map(({ name }) => name),
    other: [{ name: 'other', cookie: 'Other' }],
  },
  'allow[].budget.per': {
    ...{ beside: counting, parse: milliseconds, other: '7s' },
    read: ({ policy }) => policy.rules[0]?.budget?.perMs,
  },
  'allow[].alarm.per': {
    ...{ beside: counting, parse: milliseconds, other: '7s' },
    read: ({ policy }) => policy.rules[0]?.alarm?.perMs,
  },
  otherwise: { read: ({ otherwise }) => otherwise, other: { status: 404 } },
  'timeouts.keepAlive': {
    ...{ parse: seconds, read: ({ timeouts }) => timeouts.keepAliveSeconds, other: '71s' },
  },
  'timeouts.headers': {
    ...{ parse: seconds, read: ({ timeouts }) => timeouts.headersSeconds, other: '11s' },
  },
  'timeouts.request': {
    ...{ parse: seconds, read: ({ timeouts }) => timeouts.requestSeconds, other: '31s' },
  },
  'photos.directory': {
    parse: (text: string) => `/${text}`,
    read: ({ photos }) => photos.directory.slice(photos.directory.lastIndexOf('/')),
    other: 'elsewhere',
  },
  'photos.missing': { read: ({ photos }) => photos.missing, other: 'placeholder' },
  'photos.maxAge': { parse: seconds, read: ({ photos }) => photos.maxAgeSeconds, other: '1h' },
  'photos.cache': {
    parse: (text: string) => parseSize(text),
    read: ({ photos }) => photos.cacheBytes,
    other: '1MB',
  },
  'ltpa.domino[].encoding': {
    // The same file is another secret, and so has another id.
    parse: (text: string) => (text === 'base64' ? ids.base64 : ids.utf8),
    read: ({ ltpa }) => ltpa?.domino[0]?.secret.toString('latin1'),
    other: 'utf8',
  },
  'ltpa.cookies.v2': { parse: names, read: ({ ltpa }) => ltpa?.cookies.v2, other: ['Other2'] },
  'ltpa.cookies.v1': { parse: names, read: ({ ltpa }) => ltpa?.cookies.v1, other: ['Other'] },
  'ltpa.acceptV1': { read: ({ ltpa }) => ltpa?.acceptV1, other: true },
  'ltpa.clockSkew': {
    ...{ parse: milliseconds, read: ({ ltpa }) => ltpa?.clockSkewMs, other: '7s' },
  },
  'ltpa.maxLifetime': {
    ...{ parse: milliseconds, read: ({ ltpa }) => ltpa?.maxLifetimeMs, other: '7h' },
  },
  'ledger.redis.db': {
    ...{ beside: sentinels, other: 7 },
    read: ({ ledger }) => ledger?.target.db,
  },
  'ledger.redis.tls': {
    ...{ beside: sentinels, other: true },
    read: ({ ledger }) => ledger?.target.tls !== undefined,
  },
  'ledger.whenDown': {
    ...{ beside: sentinels, read: ({ ledger }) => ledger?.whenDown, other: 'refuse' },
  },
  'admin.host': { read: ({ admin }) => admin?.host, other: 'localhost' },
  'admin.port': { read: ({ admin }) => admin?.port, other: 7 },
  'admin.tls.minVersion': { read: ({ admin }) => admin?.tls?.minVersion, other: 'TLSv1.3' },
  'admin.tls.alpn': { read: ({ admin }) => admin?.tls?.alpn, other: ['http/1.0'] },
  'admin.tls.clientCert': {
    parse: (text: string) => text === 'required',
    ...{ read: ({ admin }) => admin?.tls?.needsClientCert, other: 'optional' },
  },
  'supply.fit.maxPixels': { read: ({ supply }) => supply?.fit.maxPixels, other: 64 },
  'supply.fit.maxBytes': {
    parse: (text: string) => parseSize(text),
    read: ({ supply }) => supply?.fit.maxBytes,
    other: '9KB',
  },
  'log.rotate.size': {
    parse: (text: string) => parseSize(text),
    read: ({ log }) => log.rotate?.maxBytes,
    other: '1MiB',
  },
  'log.rotate.keep': { read: ({ log }) => log.rotate?.keep, other: 3 },
  'supply.removeAfter': {
    ...{ parse: seconds, read: ({ supply }) => supply?.removeAfterSeconds, other: '7d' },
  },
  'supply.maxRemovals': {
    parse: (text: string) => ({ share: parseShare(text) }),
    read: ({ supply }) => supply?.maxRemovals,
    other: '7%',
  },
  'supply.timeLimit': {
    ...{ parse: seconds, read: ({ supply }) => supply?.timeLimitSeconds, other: '7h' },
  },
  'supply.sources[tdiDump].index': {
    ...{ read: settings => source('tdiDump', settings).index, other: 'other.in' },
  },
  'supply.sources[sftp].index': {
    ...{ read: settings => source('sftp', settings).index, other: 'other.in' },
  },
  'supply.sources[ldap].filter': {
    ...{ read: settings => source('ldap', settings).filter, other: '(uid=*)' },
  },
  'supply.sources[ldap].mail': {
    ...{ read: settings => source('ldap', settings).mail, other: ['uid'] },
  },
  'supply.sources[ldap].photo': {
    ...{ read: settings => source('ldap', settings).photo, other: ['photo'] },
  },
  'supply.sources[ldap].startTls': {
    ...{ read: settings => source('ldap', settings).startTls, other: true },
  },
  'supply.sources[ldap].pageSize': {
    ...{ read: settings => source('ldap', settings).pageSize, other: 7 },
  },
  'supply.sources[connections].signIn': {
    ...{ read: settings => source('connections', settings).signIn, other: 'form' },
  },
  'supply.sources[connections].lookup': {
    ...{ read: settings => source('connections', settings).lookup, other: 'uid' },
  },
  'supply.sources[connections].parallel': {
    ...{ read: settings => source('connections', settings).parallel, other: 7 },
  },
}

// Only what must be there for the defaults to be used at all.
const empty = `
admin: { tls: { cert: cert.pem, key: key.pem } }
log: { file: gate.log, rotate: {} }
ltpa: { keys: { file: ltpa.keys, passwordFile: ltpa.password }, domino: { secretFile: domino.secret } }
supply:
  sources:
    - { tdiDump: dump, people: people.csv }
    - { ldap: "ldap://ad.acme.example", base: "" }
    - { connections: "https://c.acme.example", user: u, passwordFile: p, people: people.csv }
    - { sftp: "sftp://u@s.acme.example/out", keyFile: k, knownHosts: h }
`
const secret = 'AAAAAAAAAAAAAAAAAAAAAAAAAAA='
const ids = { base64: Buffer.from(secret, 'base64').toString('latin1'), utf8: secret }

type Mutable = { default: unknown }

/** Every node with a default, by its path; `sources[ldap]` is the alternative with the key `ldap`. */
function defaultsIn(node: SchemaNode, path = ''): [string, Mutable][] {
  const {
    properties = {},
    patternProperties = {},
    anyOf = [],
    items,
  } = node as SchemaNode & {
    patternProperties?: Record<string, SchemaNode>
    items?: SchemaNode
  }
  const prefix = path === '' ? '' : `${path}.`
  return [
    ...(node.default === undefined
      ? []
      : [[path, node as unknown as Mutable] as [string, Mutable]]),
    ...Object.entries(properties).flatMap(([key, inner]) =>
      defaultsIn(inner as SchemaNode, prefix + key),
    ),
    ...Object.values(patternProperties).flatMap(inner => defaultsIn(inner, `${prefix}<name>`)),
    ...anyOf.flatMap(branch => defaultsIn(branch, placeOf(branch, node, path))),
    ...(items === undefined ? [] : defaultsIn(items, `${path}[]`)),
  ]
}

// An item that stands for its list is at the list's place.
function placeOf(branch: SchemaNode, { anyOf = [] }: SchemaNode, path: string): string {
  const mappings = anyOf.filter(({ type }) => type === 'object')
  if (mappings.length > 1) return `${path.replace(/\[\]$/, '')}[${branch.required?.[0]}]`
  const list = anyOf.find(({ type }) => type === 'array')
  return list !== undefined && isDeepStrictEqual(list.items, branch) ? `${path}[]` : path
}

const defaults = new Map(defaultsIn(configSchema as unknown as SchemaNode))

t.test('this test knows every default of the schema', async t => {
  t.strictSame([...defaults.keys()].sort(), Object.keys(settingOf).sort())
})

t.test('an empty configuration gets the defaults of the schema, and no others', async t => {
  const { cert, key } = makeSelfSigned()
  const home = openConfigHome(t, {
    ...{ 'cert.pem': cert, 'key.pem': key },
    ...{ 'domino.secret': secret, 'people.csv': '', p: 'secret', k: '', h: '' },
    'ledger.secret': Buffer.from(Array.from({ length: 32 }, (_, at) => at)).toString('base64'),
  })
  writeKeys(home.directory, 'ltpa', buildIssuer({ realm: 'acme' }))
  mkdirSync(join(home.directory, 'elsewhere'))
  for (const [path, setting] of Object.entries(settingOf)) {
    const { parse = (value: unknown) => value, read, other, beside = '' } = setting
    const node = defaults.get(path) as Mutable
    await t.test(path, async t => {
      const written = node.default
      t.teardown(() => {
        node.default = written
      })
      t.strictSame(read(home.settings(empty + beside)), parse(written as never))
      node.default = other
      t.strictSame(
        read(home.settings(empty + beside)),
        parse(other as never),
        'as the schema has it now',
      )
    })
  }
})

t.test('asking for the default of a key without one throws', async t => {
  const mapping = object({}, { description: 'nothing', examples: [{}] })
  t.throws(() => defaultOf({ ...mapping, properties: { key: {} } } as never, 'key' as never), {
    message: 'the schema has no default for key',
  })
})
