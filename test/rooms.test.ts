// The rooms and which room may import from which, as CONTRIBUTING.md says: nothing runs back up, nothing runs in a
// circle, types included. Read from the sources themselves, with the compiler's parser.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import { root } from './fixtures/root.ts'

// Top to bottom: a room imports only from rooms below its own.
const floors = [
  ['cli.ts'],
  ['command'],
  ['server'],
  ['doctor', 'admin'],
  ['gate', 'supply'],
  ['explain', 'report'],
  ['replay', 'convert', 'photo'],
  ['evidence', 'snippet', 'picture'],
  ['config'],
  ['policy'],
  ['ltpa', 'guest'],
  ['text', 'disk', 'error.ts'],
]
const floorOf = new Map(floors.flatMap((rooms, floor) => rooms.map(room => [room, floor])))

// Packages that only the named rooms may import. An empty list: no room.
const packagesOf: Record<string, readonly string[]> = {
  fastify: ['admin', 'gate', 'server'],
  '@fastify/cookie': ['gate'],
  'prom-client': ['admin'],
  pino: ['server'],
  commander: ['command'],
  sharp: ['picture'],
  ldapts: ['supply'],
  'ssh2-sftp-client': ['supply'],
  undici: ['supply'],
  ioredis: ['guest'],
  typebox: ['config'],
  saxes: ['doctor'],
  yaml: ['config', 'convert'],
  preact: ['admin'],
  htm: ['admin'],
  uplot: ['admin'],
}
// Heavy or dangerous: never in a process that answers requests.
const importOnly = ['sharp', 'ldapts', 'ssh2-sftp-client', 'undici']

const globalsOf: Record<string, (file: string) => boolean> = {
  process: file =>
    /^(?:cli\.ts$|command\/|server\/)/.test(file) ||
    // A lock names its process, and looks whether another process lives.
    file === 'disk/lock.ts' ||
    // A process of its own, which talks to its parent and ends with it.
    file === 'supply/source/files/folder-reader.ts',
  console: () => false,
}

interface Source {
  /** Files of src, relative to it. */
  readonly imports: readonly string[]
  /** Those of them that are loaded with it or when it runs, and not only for their types. */
  readonly loads: readonly string[]
  readonly packages: readonly string[]
  readonly globals: ReadonlySet<string>
  /** Declared at the top of the file. */
  readonly types: readonly string[]
  readonly lines: number
}

const src = join(root, 'src')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map(file => file.split(sep).join('/'))
  .filter(file => file.endsWith('.ts'))
const sources = new Map(files.map(file => [file, parse(file)]))

t.test('every file is in a room', async t => {
  t.strictSame(
    files.filter(file => !floorOf.has(roomOf(file))),
    [],
  )
  const rooms = new Set(files.map(roomOf))
  t.strictSame(
    [...floorOf.keys()].filter(room => !rooms.has(room)),
    [],
    'every room has files',
  )
})

t.test('every import names an existing file', async t => {
  const lost = [...sources].flatMap(([file, { imports }]) =>
    imports.filter(target => !sources.has(target)).map(target => `${file} -> ${target}`),
  )
  t.strictSame(lost, [])
})

t.test('no room imports from a room above or beside it', async t => {
  const arrows = [...sources].flatMap(([file, { imports }]) =>
    imports.filter(target => !isBelow(file, target)).map(target => `${file} -> ${target}`),
  )
  t.strictSame(arrows, [])
})

t.test('no imports form a circle', async t => {
  t.strictSame(findCircles(), [])
})

t.test('each package is imported in its own rooms only', async t => {
  const misplaced = [...sources].flatMap(([file, { packages }]) =>
    packages
      .filter(name => packagesOf[name]?.includes(roomOf(file)) === false)
      .map(name => `${file}: ${name}`),
  )
  t.strictSame(misplaced, [])
  const known = new Set([...sources.values()].flatMap(({ packages }) => packages))
  t.strictSame(
    Object.keys(packagesOf).filter(name => !known.has(name)),
    [],
    'each package that is named here is used',
  )
})

t.test(
  'a process that answers requests loads nothing that decodes pictures or asks other servers',
  async t => {
    const reached = reachableFrom(['command/serve.ts', 'photo/watch-worker.ts'])
    const loaded = [...reached].flatMap(file =>
      (sources.get(file)?.packages ?? [])
        .filter(name => importOnly.includes(name))
        .map(name => `${file}: ${name}`),
    )
    t.strictSame(loaded, [])
    t.ok(reached.has('gate/gate.ts'))
  },
)

for (const [name, mayUse] of Object.entries(globalsOf)) {
  t.test(`${name} is used only in files that may know the process`, async t => {
    const misplaced = [...sources].filter(
      ([file, { globals }]) => globals.has(name) && !mayUse(file),
    )
    t.strictSame(
      misplaced.map(([file]) => file),
      [],
    )
  })
}

t.test('no two types have one name', async t => {
  const places = new Map<string, string[]>()
  for (const [file, { types }] of sources) {
    for (const name of types) places.set(name, [...(places.get(name) ?? []), file])
  }
  const shared = [...places].filter(([, at]) => at.length > 1)
  t.strictSame(
    shared.map(([name, at]) => `${name}: ${at.join(', ')}`),
    [],
  )
})

t.test('no file has more than 250 lines', async t => {
  const long = [...sources].filter(([, { lines }]) => lines > 250)
  t.strictSame(
    long.map(([file, { lines }]) => `${file}: ${lines}`),
    [],
  )
})

function roomOf(file: string): string {
  return file.split('/')[0] as string
}

function isBelow(file: string, target: string): boolean {
  const [from, to] = [roomOf(file), roomOf(target)]
  return from === to || (floorOf.get(from) ?? 0) < (floorOf.get(to) ?? 0)
}

function reachableFrom(starts: readonly string[]): Set<string> {
  const reached = new Set<string>()
  const open = [...starts]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (reached.has(file)) continue
    reached.add(file)
    open.push(...(sources.get(file)?.loads ?? []))
  }
  return reached
}

/** Each circle as a list of its files. */
function findCircles(): string[] {
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]) => {
    const at = path.indexOf(file)
    if (at >= 0) circles.push([...path.slice(at), file].join(' -> '))
    if (at >= 0 || done.has(file)) return
    for (const target of sources.get(file)?.imports ?? []) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
  return circles
}

function parse(file: string): Source {
  const path = join(src, file)
  const text = readFileSync(path, 'utf8')
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const names: string[] = []
  const loaded: string[] = []
  const globals = new Set<string>()
  const visit = (node: ts.Node): void => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) names.push(specifier)
    if (specifier !== undefined && !isOfTypes(node)) loaded.push(specifier)
    if (ts.isIdentifier(node) && Object.hasOwn(globalsOf, node.text) && isGlobal(node)) {
      globals.add(node.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  const isOwn = (name: string) => name.startsWith('.')
  const filesOf = (specifiers: readonly string[]) =>
    specifiers.filter(isOwn).map(name =>
      relative(src, resolve(dirname(path), name))
        .split(sep)
        .join('/'),
    )
  return {
    imports: filesOf(names),
    loads: filesOf(loaded),
    packages: names
      .filter(name => !isOwn(name) && !name.startsWith('node:'))
      .map(name => name.match(/^(?:@[^/]+\/)?[^/]+/)?.[0] as string),
    globals,
    types: tree.statements.filter(isTypeDeclaration).map(({ name }) => name?.text ?? ''),
    lines: text.split('\n').length - 1,
  }
}

function isTypeDeclaration(
  node: ts.Node,
): node is ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.ClassDeclaration {
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isClassDeclaration(node)
  )
}

/** The specifier of an import, an export from, an import() or a type's import(). */
function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier && textOf(node.moduleSpecifier)
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return node.arguments[0] && textOf(node.arguments[0])
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return textOf(node.argument.literal)
  }
  return undefined
}

function isOfTypes(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node)) return node.importClause?.isTypeOnly === true
  return ts.isImportTypeNode(node) || (ts.isExportDeclaration(node) && node.isTypeOnly)
}

function textOf(node: ts.Node): string | undefined {
  return ts.isStringLiteralLike(node) ? node.text : undefined
}

/** Neither a property nor a key of that name. */
function isGlobal({ parent, ...node }: ts.Identifier): boolean {
  if (ts.isPropertyAccessExpression(parent)) return parent.expression.pos === node.pos
  return !ts.isPropertyAssignment(parent) && !ts.isPropertySignature(parent)
}
