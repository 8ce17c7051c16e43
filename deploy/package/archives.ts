// Archives of a folder, the same bytes from the same files: sorted names, one time, one owner.
import { createHash } from 'node:crypto'
import { lutimesSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { run } from './run.ts'

/** Gives all files below a folder, and the folder itself, one time. Seconds since 1970. */
export function setTimes(folder: string, epoch: number): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lutimesSync(join(folder, name), epoch, epoch)
  }
  lutimesSync(folder, epoch, epoch)
}

/** The archive has the folder, with its name, as its only entry at the top. */
export function makeTarGz(folder: string, archive: string, epoch: number): void {
  const tar = archive.replace(/\.gz$/, '')
  const steady = ['--sort=name', `--mtime=@${epoch}`, '--owner=0', '--group=0', '--numeric-owner']
  run([
    ...['tar', '--create', '--format=gnu', ...steady, '--file', tar],
    ...['--directory', dirname(folder), basename(folder)],
  ])
  run(['gzip', '--no-name', '--force', tar])
}

/** The same as a .zip. The files have their times already. */
export function makeZip(folder: string, archive: string): void {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => join(basename(folder), name))
    .toSorted((a, b) => (a < b ? -1 : 1))
  run(['zip', '--quiet', '-X', '--names-stdin', archive], {
    cwd: dirname(folder),
    input: [basename(folder), ...names].join('\n'),
  })
}

/** A line of SHA256SUMS for each file, as `sha256sum --check` reads it. */
export function checksums(files: readonly string[]): string {
  return files
    .map(
      file =>
        `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${basename(file)}\n`,
    )
    .join('')
}
