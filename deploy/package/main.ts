// `npm run package`: makes build/packages/ with what an administrator installs without Node.js, npm, git or the internet.
// `--output FOLDER` makes another folder. Two runs on one commit make the same bytes; SOURCE_DATE_EPOCH sets another time than the commit's.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checksums, makeTarGz, makeZip, setTimes } from './archives.ts'
import { makeDeb } from './deb.ts'
import { makeProgramTree } from './program-tree.ts'
import { run } from './run.ts'
import type { TargetName } from './runtime.ts'
import { fetchRuntime } from './runtime.ts'

const root = join(import.meta.dirname, '../..')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
}
const startedMs = Date.now()

try {
  const { values } = parseArgs({ options: { output: { type: 'string' } } })
  makePackages(resolve(root, values.output ?? 'build/packages'))
} catch (error) {
  process.stderr.write(`npm run package: ${(error as Error).message}\n`)
  process.exitCode = 1
}

function makePackages(output: string): void {
  const epoch = sourceDateEpoch()
  const work = mkdtempSync(join(tmpdir(), 'photogate-package-'))
  try {
    const made = join(work, 'packages')
    mkdirSync(made)
    say('fetching Node.js for Linux and for Windows')
    const targets: TargetName[] = ['linux-x64', 'win-x64']
    const runtimes = targets.map(target => {
      const folder = join(work, `node-${target}`)
      mkdirSync(folder)
      return { target, runtime: fetchRuntime(target, folder) }
    })
    const nodeLicence = join(runtimes[0]?.runtime.folder ?? '', 'LICENSE')
    for (const { target, runtime } of runtimes) {
      say(`putting the program for ${target} together`)
      const folder = join(work, target, `photogate-${version}`)
      const sbom = makeProgramTree({ target, folder, runtime, nodeLicence, version, epoch })
      writeFileSync(join(made, `photogate-${version}-${target}.cdx.json`), sbom)
      pack(folder, { target, epoch, made, work })
    }
    writeSums(made)
    publish(made, output)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

interface Packing {
  readonly target: TargetName
  readonly epoch: number
  readonly made: string
  readonly work: string
}

function pack(folder: string, { target, epoch, made, work }: Packing): void {
  setTimes(folder, epoch)
  const name = join(made, `photogate-${version}-${target}`)
  if (target === 'win-x64') {
    say(`packing ${basename(name)}.zip`)
    makeZip(folder, `${name}.zip`)
    return
  }
  say(`packing ${basename(name)}.tar.gz`)
  makeTarGz(folder, `${name}.tar.gz`, epoch)
  const deb = join(made, `photogate_${version.replace('-', '~')}_amd64.deb`)
  say(`packing ${basename(deb)}`)
  makeDeb({ folder, deb, version, epoch, work: join(work, 'deb') })
}

function writeSums(made: string): void {
  const files = readdirSync(made)
    .toSorted()
    .map(name => join(made, name))
  writeFileSync(join(made, 'SHA256SUMS'), checksums(files))
}

// Packages of another version would look like this run's.
function publish(made: string, output: string): void {
  mkdirSync(output, { recursive: true })
  for (const name of readdirSync(output).filter(each => /^photogate[-_]/.test(each))) {
    rmSync(join(output, name))
  }
  for (const name of readdirSync(made).toSorted()) {
    copyFileSync(join(made, name), join(output, name))
    const megabytes = statSync(join(output, name)).size / 1_000_000
    process.stdout.write(`${megabytes.toFixed(1).padStart(7)} MB  ${join(output, name)}\n`)
  }
}

/** @throws Error where neither the environment nor git says when this was. */
function sourceDateEpoch(): number {
  const { SOURCE_DATE_EPOCH: given } = process.env
  if (given !== undefined) {
    if (/^\d{1,10}$/.test(given)) return Number(given)
    throw new Error(`SOURCE_DATE_EPOCH ${given} is not a number of seconds since 1970`)
  }
  try {
    return Number(run(['git', 'log', '-1', '--format=%ct'], { cwd: root }).trim())
  } catch (error) {
    throw new Error('git does not say when this was committed; set SOURCE_DATE_EPOCH', {
      cause: error,
    })
  }
}

/** To standard error, with the seconds since the start: the whole takes about a minute. */
function say(step: string): void {
  const seconds = Math.round((Date.now() - startedMs) / 1_000)
  process.stderr.write(`${String(seconds).padStart(4)} s  ${step}\n`)
}
