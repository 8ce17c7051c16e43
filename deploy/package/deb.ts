// The Debian package: the tree in /usr/lib/photogate, the guides, the service, and a configuration that admits nobody
// until somebody writes who may see photos.
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { formatStarter, starterDefaults } from '../../src/config/starter.ts'
import { setTimes } from './archives.ts'
import { run } from './run.ts'

const deploy = join(import.meta.dirname, '..')
const scripts = ['postinst', 'prerm', 'postrm']

export interface DebFiles {
  /** The program's folder. Stays as it is. */
  readonly folder: string
  /** The package to be made. */
  readonly deb: string
  readonly version: string
  readonly epoch: number
  /** A new folder to work in. */
  readonly work: string
}

export function makeDeb({ folder, deb, version, epoch, work }: DebFiles): void {
  const home = join(work, 'usr/lib/photogate')
  const guides = join(work, 'usr/share/doc/photogate')
  cpSync(folder, home, { recursive: true })
  mkdirSync(guides, { recursive: true })
  for (const name of ['README.md', 'CHANGELOG.md', 'SECURITY.md', 'deploy']) {
    renameSync(join(home, name), join(guides, name))
  }
  // For the user's manual and completion, where the system looks for them.
  renameSync(join(home, 'share'), join(work, 'usr/share-of-program'))
  cpSync(join(work, 'usr/share-of-program'), join(work, 'usr/share'), { recursive: true })
  run(['rm', '-r', join(work, 'usr/share-of-program')])
  moveTo(join(work, 'usr/share/zsh/site-functions'), join(work, 'usr/share/zsh/vendor-completions'))
  run(['gzip', '-9', '--no-name', join(work, 'usr/share/man/man1/photogate.1')])
  mkdirSync(join(work, 'usr/bin'))
  symlinkSync('../lib/photogate/bin/photogate', join(work, 'usr/bin/photogate'))
  write(join(guides, 'copyright'), copyright())
  write(
    join(work, 'usr/lib/systemd/system/photogate.service'),
    readFileSync(join(deploy, 'systemd/photogate.service'), 'utf8'),
  )
  write(
    join(work, 'etc/logrotate.d/photogate'),
    readFileSync(join(deploy, 'systemd/photogate.logrotate'), 'utf8'),
  )
  const photos = '/var/lib/photogate/photos'
  write(join(work, 'etc/photogate/photogate.yaml'), formatStarter({ ...starterDefaults, photos }))
  setModes(work)
  writeControl(work, version)
  setTimes(work, epoch)
  // gzip, because every dpkg opens it, and it takes a fifth of the time of xz.
  run(['dpkg-deb', '--root-owner-group', '-Zgzip', '-z6', '--build', work, deb], {
    env: { SOURCE_DATE_EPOCH: String(epoch) },
  })
}

function moveTo(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  renameSync(from, to)
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

function copyright(): string {
  const licence = readFileSync(join(deploy, '../LICENSE'), 'utf8')
  return `${licence}\nThe licences of Node.js and of the other software in this package: /usr/lib/photogate/THIRD-PARTY.txt\nThe bill of materials: /usr/lib/photogate/sbom.cdx.json\n`
}

// Directories that were made here have the umask's rights; files of the tree keep theirs.
function setModes(work: string): void {
  chmodSync(work, 0o755)
  for (const { path, isDirectory, isLink } of entriesOf(work)) {
    if (isDirectory) chmodSync(path, 0o755)
    else if (!isLink && !path.includes('/usr/lib/photogate/')) chmodSync(path, 0o644)
  }
}

function writeControl(work: string, version: string): void {
  const files = entriesOf(work).filter(({ isDirectory, isLink }) => !isDirectory && !isLink)
  const bytes = files.reduce((sum, { path }) => sum + lstatSync(path).size, 0)
  const control = readFileSync(join(deploy, 'debian/control'), 'utf8')
    .replace('{version}', version.replace('-', '~'))
    .replace('{kilobytes}', String(Math.ceil(bytes / 1_024)))
  const sums = files.map(({ path }) => {
    const digest = createHash('md5').update(readFileSync(path)).digest('hex')
    return `${digest}  ${path.slice(work.length + 1)}\n`
  })
  const folder = join(work, 'DEBIAN')
  write(join(folder, 'control'), control)
  write(join(folder, 'md5sums'), sums.toSorted(byName).join(''))
  write(join(folder, 'conffiles'), readFileSync(join(deploy, 'debian/conffiles'), 'utf8'))
  for (const name of scripts) {
    write(join(folder, name), readFileSync(join(deploy, 'debian', name), 'utf8'))
  }
  for (const name of readdirSync(folder)) {
    chmodSync(join(folder, name), scripts.includes(name) ? 0o755 : 0o644)
  }
  chmodSync(folder, 0o755)
}

function byName(a: string, b: string): number {
  const [left, right] = [a.slice(32), b.slice(32)]
  return left < right ? -1 : left > right ? 1 : 0
}

interface Entry {
  readonly path: string
  readonly isDirectory: boolean
  readonly isLink: boolean
}

function entriesOf(folder: string): Entry[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map(entry => ({
    path: join(entry.parentPath, entry.name),
    isDirectory: entry.isDirectory(),
    isLink: entry.isSymbolicLink(),
  }))
}
