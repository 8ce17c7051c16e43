// Compiles src and test to build/, where tap runs them: with a TypeScript loader, each process would
// load the compiler and compile the program again, which took longer than the tests themselves. The tests of a room
// share one process, but for those that are named below: tap needs half a second of CPU time for each that it starts.
//
//   tsx test/tap.ts [tap's options] [test/evidence/target.test.ts ...]
//   tsx test/tap.ts test/evidence.test.ts        those of a room that share a process
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import type { Plugin } from 'esbuild'
import { build } from 'esbuild'
import { root } from './fixtures/root.ts'

const typebox = /^typebox(?:\/|$)/
const vendor = join(root, 'build/vendor')
// Tests that load the machine, wait long or change what the process shares.
const alone = [
  'admin/connection-bounds',
  'command/config-file',
  'command/convert',
  'command/doctor-front',
  'command/import',
  'command/photos',
  'command/running-gate',
  'command/serve-pipes',
  'command/serve-stop',
  'command/serve-terminal',
  'command/serve',
  'command/terminal',
  'command/terminal-colours',
  'command/windows-console',
  'disk/lock',
  'doctor/front/front-tls',
  'doctor/machine/ledger',
  'doctor/machine/machine',
  'doctor/machine/machine-checks',
  'doctor/machine/sources',
  'doctor/sametime/check-files',
  'doctor/front/front-connections',
  'doctor/front/front',
  'gate/budget',
  'gate/early-answer',
  'gate/excluded-at-random',
  'gate/flood-beside',
  'gate/flood',
  'gate/ltpa',
  'gate/pipelines',
  'gate/turns',
  'photo/directory-scan',
  'photo/directory-watch',
  'photo/many-photos',
  'photo/photo-store',
  'server/config-watch',
  'server/half-written',
  'server/key-watch',
  'server/schedule',
  'server/shadow-watch',
  'supply/source/conformance',
  'supply/source/connections/connections',
  'supply/source/files/child-process-tree',
  'supply/source/people/people-file',
].map(name => `${name}.test.js`)

// Module by module, like the sources: coverage is measured by file, and a test may replace parts of a module.
// typebox alone is bundled: its 679 files would take longer to load in each process than the rest of the program.
const besideItself: Plugin = {
  name: 'beside-itself',
  setup({ onResolve }) {
    onResolve({ filter: typebox }, ({ path, importer }) => {
      const folder = dirname(join(root, 'build', relative(root, importer)))
      return { path: specifier(relative(folder, join(vendor, `${path}.js`))), external: true }
    })
    onResolve({ filter: /.*/ }, ({ path, kind }) =>
      kind === 'entry-point'
        ? undefined
        : { path: path.replace(/^(\.{1,2}\/.*)\.ts$/, '$1.js'), external: true },
    )
  },
}

function specifier(path: string): string {
  const unix = path.split(sep).join('/')
  return unix.startsWith('.') ? unix : `./${unix}`
}

// Otherwise the compiled copy of a removed test would run.
// `npm run package` keeps its own in build/packages.
for (const name of ['src', 'test', 'vendor']) {
  rmSync(join(root, 'build', name), { recursive: true, force: true })
}
await build({
  absWorkingDir: root,
  entryPoints: ['src/**/*.ts', 'test/**/*.ts'],
  outdir: 'build',
  outbase: '.',
  bundle: true,
  plugins: [besideItself],
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
})
await build({
  absWorkingDir: root,
  entryPoints: Object.fromEntries(
    ['typebox', 'typebox/error', 'typebox/format', 'typebox/schema', 'typebox/system'].map(name => [
      name,
      name,
    ]),
  ),
  outdir: 'build/vendor',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
})

const words = process.argv.slice(2)
const tier = words.includes('--system') ? 'system' : 'quick'
const temporary = tier === 'quick' ? makeMemoryFolder() : tmpdir()
const options = words
  .filter(word => word !== '--system')
  .map(word => word.replace(/^(?:\.\/)?(test\/.*)\.ts$/, 'build/$1.js'))
const isNamed = options.some(word => word.endsWith('.test.js'))
const all = filesOf(tier)
const files = isNamed ? [] : all
// The system tests start and kill processes whose coverage is not measured.
const coverage = tier === 'system' ? ['--disable-coverage', '--allow-empty-coverage'] : []
// test/again.ts reads these files: those of an earlier run would be taken for this one's.
if (!isNamed) rmSync(join(root, '.tap', 'test-results'), { recursive: true, force: true })
// With the plugins of .taprc: the first run after they change would go without them.
const isPrepared = existsSync(join(root, '.tap', 'plugins')) || runTap(['build'])
process.exitCode = isPrepared && runTap([...coverage, ...options, ...files]) ? 0 : 1

/**
 * A folder in memory, removed at the end: tests write thousands of small files over others, and ext4 writes each of those
 * to the disk at once. The usual temporary folder where memory is small, or where programs cannot be run in it.
 */
function makeMemoryFolder(): string {
  const memory = '/dev/shm'
  try {
    const { bavail, bsize } = statfsSync(memory)
    if (bavail * bsize < 2 ** 31) return tmpdir()
    const folder = mkdtempSync(join(memory, 'photogate-tests-'))
    chmodSync(folder, 0o1777) // As /tmp: some tests become another user.
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    // Ctrl+C ends tap, and then this process by itself.
    process.on('SIGINT', () => {})
    const script = join(folder, 'can-run')
    writeFileSync(script, '#!/bin/sh\n', { mode: 0o700 })
    return spawnSync(script).status === 0 ? folder : tmpdir()
  } catch {
    return tmpdir()
  }
}

/** `system`: those that drive real servers, kill processes, fill disks or load the machine. */
function filesOf(of: 'system' | 'quick'): string[] {
  const tests = readdirSync(join(root, 'build/test'), { recursive: true, encoding: 'utf8' })
    .map(name => name.split(sep).join('/'))
    .filter(name => name.endsWith('.test.js') && name.startsWith('system/') === (of === 'system'))
    .toSorted()
  if (of === 'system') return tests.map(name => `build/test/${name}`)
  const gone = alone.filter(name => !tests.includes(name))
  if (gone.length > 0) throw new Error(`test/tap.ts names files that are not there: ${gone}`)
  const rooms = new Map<string, string[]>()
  for (const name of tests) {
    if (mustRunAlone(name)) continue
    const room = name.includes('/') ? (name.split('/')[0] as string) : 'whole'
    rooms.set(room, [...(rooms.get(room) ?? []), name])
  }
  for (const [room, names] of rooms) {
    const imports = names.map(name => `import './${name}'\n`).join('')
    writeFileSync(join(root, 'build/test', `${room}.test.js`), imports)
  }
  const shared = new Set([...rooms.values()].flat())
  const files = [...rooms.keys()].map(room => `${room}.test.js`)
  return [...files, ...tests.filter(name => !shared.has(name))].map(name => `build/test/${name}`)
}

// tap calls a process complete when its tests have ended and no more are known, and gives all files of a process one
// directory.
function mustRunAlone(name: string): boolean {
  const text = readFileSync(join(root, 'build/test', name), 'utf8')
  return alone.includes(name) || /^(?:\w+ .* = )?(?:await |t\.testdir\()/m.test(text)
}

// Each process would read the machine's own certificates, which takes longer than to start it; no test needs them.
function runTap(args: readonly string[]): boolean {
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: '', TMPDIR: temporary }
  return spawnSync('npx', ['tap', ...args], { cwd: root, env, stdio: 'inherit' }).status === 0
}
