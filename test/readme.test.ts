// The README is a promise: its table of keys is the schema's, its example loads, its commands exist.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { snippets } from '../src/command/snippets.ts'
import { loadConfig } from '../src/config/load.ts'
import { configSchema } from '../src/config/schema/schema.ts'
import { formatReport } from '../src/supply/import/report.ts'
import { captureOutput } from './fixtures/output.ts'
import { root } from './fixtures/root.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')

interface Node {
  type?: string
  anyOf?: Node[]
  items?: Node
  properties?: Record<string, Node>
  patternProperties?: Record<string, Node>
}

/** Every key of the schema as the table writes it: `allow[].from`, `networks.<name>.file`. */
function keysOf(node: Node, path = ''): string[] {
  const inner = [
    ...Object.entries(node.properties ?? {}).flatMap(([key, value]) =>
      keysOf(value, path === '' ? key : `${path}.${key}`),
    ),
    ...Object.values(node.patternProperties ?? {}).flatMap(value =>
      keysOf(value, `${path}.<name>`),
    ),
    ...branchesOf(node).flatMap(branch => keysOf(branch, path).filter(key => key !== path)),
    ...(node.items ? keysOf(node.items, `${path}[]`).filter(key => key !== `${path}[]`) : []),
  ]
  const isValueToo = node.anyOf?.some(branch => keysOf(branch, path).includes(path))
  return inner.length > 0 && !isValueToo ? inner : [path, ...inner]
}

/** Without the mapping that may stand for a list of one. */
function branchesOf({ anyOf = [] }: Node): Node[] {
  const items = anyOf.find(branch => branch.items !== undefined)?.items
  if (items?.properties === undefined && items?.anyOf === undefined) return anyOf
  return anyOf.filter(branch => !isDeepStrictEqual(branch, items))
}

/** What the table says, without its marks. */
function defaultOf(key: string): string | undefined {
  const row = readme.split('\n').find(line => line.startsWith(`| \`${key}\``)) ?? ''
  return row.split('|')[3]?.trim().replaceAll('`', '')
}

t.test('the table has every key of the schema and no other', async t => {
  const table = [...readme.matchAll(/^\| `([^`]+)` \| .* \| .* \| .* \|$/gm)].map(([, key]) => key)
  t.strictSame(table.toSorted(), [...new Set(keysOf(configSchema as Node))].toSorted())
})

t.test('the defaults of the table are the defaults', async t => {
  const directory = t.testdir({ photos: {}, 'empty.yaml': '' })
  const { settings } = loadConfig({ env: {}, file: join(directory, 'empty.yaml') })
  t.equal(settings?.listen[0]?.host, defaultOf('listen[].host'))
  t.equal(String(settings?.listen[0]?.port), defaultOf('listen[].port'))
  t.equal(settings?.clientHeader, defaultOf('clientHeader'))
  for (const key of ['keepAlive', 'headers', 'request'] as const) {
    t.equal(`${settings?.timeouts[`${key}Seconds`]}s`, defaultOf(`timeouts.${key}`))
  }
  t.equal(settings?.photos.directory, join(directory, defaultOf('photos.directory') ?? ''))
  t.equal(settings?.photos.missing, defaultOf('photos.missing'))
  t.equal(`${(settings?.photos.maxAgeSeconds ?? 0) / 60}m`, defaultOf('photos.maxAge'))
  t.equal(`${(settings?.photos.cacheBytes ?? 0) / 2 ** 20}MiB`, defaultOf('photos.cache'))
  t.strictSame(settings?.otherwise, { redirect: defaultOf('otherwise.redirect') })
})

t.test('the defaults of the table are the defaults of the supply, too', async t => {
  const sources = [
    { folder: '.' },
    { tdiDump: '.', people: '.' },
    { ldap: 'ldaps://h', base: '' },
    { connections: 'https://h', people: '.', user: 'u', passwordFile: '.' },
    { sftp: 'sftp://u@h', keyFile: '.', knownHosts: '.' },
  ]
  const directory = t.testdir({
    photos: {},
    'photogate.yaml': JSON.stringify({ supply: { sources } }),
  })
  const { supply } = loadConfig({ env: {}, file: join(directory, 'photogate.yaml') }).settings ?? {}
  const defaultIs = (key: string, value: unknown) => t.equal(String(value), defaultOf(key), key)
  defaultIs('supply.fit.maxPixels', supply?.fit.maxPixels)
  defaultIs('supply.fit.maxBytes', `${(supply?.fit.maxBytes ?? 0) / 1000}KB`)
  defaultIs('supply.removeAfter', `${(supply?.removeAfterSeconds ?? 0) / 86_400}d`)
  t.strictSame(supply?.maxRemovals, { share: 0.1 })
  t.equal(defaultOf('supply.maxRemovals'), '10%')
  t.equal(supply?.schedule, undefined)
  const [, tdiDump, ldap, connections, sftp] = supply?.sources ?? []
  for (const [source, keys] of [
    [tdiDump, ['index']],
    [ldap, ['filter', 'startTls', 'pageSize']],
    [connections, ['signIn', 'lookup', 'parallel']],
    [sftp, ['index']],
  ] as const) {
    for (const key of keys) {
      defaultIs(`supply.sources[].${key}`, (source as unknown as Record<string, unknown>)[key])
    }
  }
  if (ldap?.kind !== 'ldap') throw new Error('the third is the one of ldap')
  defaultIs('supply.sources[].mail', ldap.mail.join(', '))
  defaultIs('supply.sources[].photo', ldap.photo.join(', '))
})

t.test('the example configuration is fine', async t => {
  const directory = t.testdir({ 'branches.txt': '203.0.113.0/24 # Pune\n' })
  mkdirSync(join(directory, 'photos'))
  const example = /```yaml\n(listen:[\s\S]*?)```/.exec(readme)?.[1] ?? ''
  writeFileSync(join(directory, 'photogate.yaml'), example)
  const { settings, problems } = loadConfig({ env: {}, file: join(directory, 'photogate.yaml') })
  t.strictSame(problems, [])
  t.strictSame(
    settings?.policy.rules.map(({ name }) => name),
    ['sametime-proxy', 'offices', 'signed-in', 'meeting'],
  )
})

t.test('the virtual host for IHS is the one that is printed', async t => {
  const directory = t.testdir({ photos: {}, 'photogate.yaml': 'proxies: [127.0.0.1]' })
  const config = join(directory, 'photogate.yaml')
  const output = captureOutput()
  t.equal(snippets('ihs', { config, url: 'http://photos.acme.example' }, output), 0)
  const printed = output
    .printed()
    .replace(/^#.*\n/gm, '')
    .trim()
  const [, shown = ''] = /```apache\n([\s\S]*?)```/.exec(readme) ?? []
  t.equal(shown.replace(/^ {3}/gm, '').trim(), printed)
})

const guide = readFileSync(join(root, 'deploy/supply/README.md'), 'utf8')

for (const [name, text] of Object.entries({ README: readme, 'deploy/supply/README': guide })) {
  t.test(`the sources of ${name} are fine, but for files that are not there`, async t => {
    const directory = t.testdir({ photos: {} })
    const file = join(directory, 'photogate.yaml')
    const [, example = ''] = /```yaml\n((?:photos: .*\n)?supply:[\s\S]*?)```/.exec(text) ?? []
    writeFileSync(file, example)
    const { settings, problems, warnings } = loadConfig({ env: {}, file })
    t.strictSame(problems, [])
    t.ok((settings?.supply?.sources.length ?? 0) >= 2)
    const others = warnings.filter(
      ({ message }) => !/^cannot be read now: .* is not there$/.test(message),
    )
    t.strictSame(
      others.filter(({ path }) => path.startsWith('supply')),
      [],
    )
  })
}

t.test('the report of an import is as one is printed', async t => {
  const names = (count: number) => Array.from({ length: count }, (_, at) => `p${at}@acme.example`)
  const source = (title: string, people: number, photos: number) => ({
    ...{ source: title, status: 'complete' as const, people, photos, troubles: [] },
    ...{ ignored: 0, ignoredNames: [] },
  })
  const kim = 'kim.lee@acme.example'
  const printed = formatReport({
    ...{ dryRun: false, errors: [], known: [], removalsHeld: undefined, fine: false, replaced: [] },
    sources: [source('folder drop', 13, 13), source('ldap ldaps://ad.acme.example', 2_114, 1_987)],
    ...{ added: names(21), changed: names(4), unchanged: 2_230, leftAlone: 0 },
    quarantined: [
      {
        ...{ source: 'folder drop', key: 'Kim.Lee@acme.example.jpg', addresses: [kim] },
        ...{ reason: 'is an image that ends too early', known: false },
      },
    ],
    toBeRemoved: names(3).map(address => ({ address, at: '2026-12-02T02:15:00.000Z' })),
    ...{ removed: names(1), withoutPhoto: names(118) },
  })
  const [, shown] =
    /\$ photogate import --config photogate.yaml\n([\s\S]*?)\n```/.exec(readme) ?? []
  t.equal(shown, printed)
})
