// The folder of a package: the built program, the production dependencies as package-lock.json has them, the Node.js of
// its system, the guides and the licences. Knows nothing of archives.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import type { InstalledPackage } from './licences.ts'
import { describePackage, installedPackages, writeLicences } from './licences.ts'
import { run } from './run.ts'
import type { Runtime, TargetName } from './runtime.ts'
import { makeBillOfMaterials } from './sbom.ts'
import { writeSharedFiles } from './shared-files.ts'

const root = join(import.meta.dirname, '../..')

// Tells npm for which system to install the locked dependencies. It need not be the system that packages.
const npmSystem: Record<TargetName, readonly string[]> = {
  'linux-x64': ['--os=linux', '--cpu=x64', '--libc=glibc'],
  'win-x64': ['--os=win32', '--cpu=x64'],
}
const pages = ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'LICENSE']
const ownPackaging = ['bundle.ts', 'debian', 'package']

export interface ProgramTree {
  readonly target: TargetName
  /** Where the tree is made: a new folder. */
  readonly folder: string
  readonly runtime: Runtime
  /** Of the licence of Node.js: the package for Windows has none. */
  readonly nodeLicence: string
  readonly version: string
  /** Seconds since 1970. */
  readonly epoch: number
}

/** @returns the bill of materials, which is also in the tree */
export function makeProgramTree(tree: ProgramTree): string {
  const { target, folder, runtime } = tree
  mkdirSync(folder, { recursive: true })
  const bundled = build(folder)
  copyGuides(folder)
  installDependencies(folder, target)
  const installed = installedPackages(folder)
  const names = new Set(installed.map(({ name }) => name))
  const packages = [...installed, ...bundled.filter(({ name }) => !names.has(name))]
  const sbom = makeBillOfMaterials(folder, { ...tree, bundled })
  rmSync(join(folder, 'package-lock.json'))
  rmSync(join(folder, '.npmrc'))
  rmSync(join(folder, 'node_modules/.package-lock.json'), { force: true })
  writeFileSync(join(folder, 'sbom.cdx.json'), sbom)
  writeLicences(join(folder, 'THIRD-PARTY.txt'), packages, tree)
  removeUnneeded(join(folder, 'node_modules'))
  copyRuntime(folder, target, runtime)
  if (target === 'win-x64') copyCommands(folder)
  else writeSharedFiles(folder, tree)
  setModes(folder)
  return sbom
}

/** @returns the packages of npm that are in the bundles, such as those of the admin page */
// Not dist/ itself, from which a server may be running. Without source maps: they are three times the program's size, and
// a build of the same commit makes them.
function build(folder: string): InstalledPackage[] {
  const dist = join(folder, 'dist')
  const list = join(folder, 'bundled.json')
  const bundle = join(root, 'deploy/bundle.ts')
  run([process.execPath, '--import', 'tsx', bundle, dist, list], { cwd: root })
  const names = JSON.parse(readFileSync(list, 'utf8')) as string[]
  rmSync(list)
  for (const name of readdirSync(dist)) {
    const file = join(dist, name)
    if (name.endsWith('.map')) rmSync(file)
    if (!name.endsWith('.js')) continue
    const text = readFileSync(file, 'utf8')
    writeFileSync(file, text.replace(/^\/\/# sourceMappingURL=.*\n?/m, ''))
  }
  return names.map(name => describePackage(join(root, 'node_modules', name)))
}

function copyGuides(folder: string): void {
  for (const name of pages) copyFileSync(join(root, name), join(folder, name))
  cpSync(join(root, 'deploy'), join(folder, 'deploy'), {
    recursive: true,
    filter: source => !ownPackaging.includes(relative(join(root, 'deploy'), source)),
  })
}

function installDependencies(folder: string, target: TargetName): void {
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    copyFileSync(join(root, name), join(folder, name))
  }
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline']
  run(['npm', 'ci', '--omit=dev', '--ignore-scripts', ...quiet, ...npmSystem[target]], {
    cwd: folder,
  })
  const { devDependencies, scripts, devEngines, ...rest } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Record<string, unknown>
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(rest, null, 2)}\n`)
}

// Node.js loads none of these. Licences are in THIRD-PARTY.txt, and stay in their packages too.
const unneeded =
  /\.(?:[cm]?ts|map|markdown|c|cc|cpp|h|inl|gypi?|tsbuildinfo|yml|svg)$|^\.|^(?!licen[cs]e).*\.md$/i
const unneededFolders =
  /^(?:tests?|__tests__|benchmarks?|examples?|\.github|\.vscode|\.husky|\.bin)$/
const licenceFile = /^(?:licen[cs]e|copying|notice)/i

function removeUnneeded(modules: string): void {
  rmSync(join(modules, '.bin'), { recursive: true, force: true })
  for (const entry of readdirSync(modules, {
    recursive: true,
    withFileTypes: true,
  })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory()) {
      const isOfPackage = /\/node_modules\/(?:@[^/]+\/)?[^/]+$/.test(entry.parentPath)
      if (isOfPackage && unneededFolders.test(entry.name)) {
        rmSync(path, { recursive: true, force: true })
      }
    } else if (unneeded.test(entry.name) && !licenceFile.test(entry.name)) {
      rmSync(path, { force: true })
    }
  }
}

function copyRuntime(folder: string, target: TargetName, runtime: Runtime): void {
  const name = target === 'win-x64' ? 'node.exe' : 'node'
  mkdirSync(join(folder, 'runtime'))
  copyFileSync(join(runtime.folder, 'bin', name), join(folder, 'runtime', name))
  if (target === 'win-x64') return
  mkdirSync(join(folder, 'bin'))
  copyFileSync(join(import.meta.dirname, 'photogate.sh'), join(folder, 'bin/photogate'))
}

// cmd.exe looks for a label behind a line end of Windows.
function copyCommands(folder: string): void {
  for (const name of ['photogate.cmd', 'install.cmd', 'uninstall.cmd']) {
    const text = readFileSync(join(root, 'deploy/windows', name), 'utf8')
    writeFileSync(join(folder, name), text.replaceAll('\n', '\r\n'))
  }
}

// npm, tar and the reader's umask each leave other rights.
function setModes(folder: string): void {
  const programs = ['bin/photogate', 'runtime/node'].map(name => join(folder, name))
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    chmodSync(path, entry.isDirectory() || programs.includes(path) ? 0o755 : 0o644)
  }
}
