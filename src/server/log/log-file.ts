// The log in a file: appended to, opened anew after another program has moved it, and rotated by size. Takes whole
// lines, so that none is torn between two files: what the old file was given is written to the old file.
import { closeSync, constants, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import type { LogSettings } from '../../config/settings.ts'
import { inodeOf } from '../../disk/file-identity.ts'
import { GateError } from '../../error.ts'
import type { Destination } from './destination.ts'
import { maxBacklog, openDestination } from './destination.ts'

export interface LogFile {
  write(bytes: Buffer): void
  /** Other sizes from now on. */
  setRotation(rotate: LogSettings['rotate']): void
  /** Goes on in a new file if the one that is written to is no longer at its place. */
  reopen(): void
  /** Whether everything is written, within half a second. What is not is lost then. */
  flush(): Promise<void>
  /** Writes what is held, and closes the file. */
  end(): void
}

/** Says what went wrong with the file to the administrator: it cannot be written into the file. */
export type Tell = (text: string) => void

interface OpenFile {
  readonly destination: Destination
  readonly identity: string
  bytes: number
}

const mode = 0o640
// Milliseconds before a rotation that failed is tried again.
const retryMs = 60_000
// A FIFO in the place of the file must not block. Windows knows no such flag.
const flags =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0)

/** @throws GateError GATE_LOG when it cannot be opened */
export function openLogFile(
  file: string,
  { rotate: rotation, tell }: { readonly rotate: LogSettings['rotate']; readonly tell: Tell },
): LogFile {
  let rotate = rotation
  let current = openFor(file, tell)
  let retryAtMs = 0
  // Those that are still written to the end.
  const older = new Set<Destination>()
  const goOn = () => {
    const next = openFor(file, tell)
    for (const each of older) if (each.isGone) older.delete(each)
    older.add(current.destination)
    current.destination.end()
    current = next
  }
  const attempt = (work: () => void, what: string) => {
    try {
      work()
    } catch (error) {
      retryAtMs = Date.now() + retryMs
      tell(`the log ${file} cannot be ${what}: ${describe(error)}. Lines go on into the old file.`)
    }
  }
  const isAtPlace = () => identityAt(file) === current.identity
  const rotateNow = (keep: number) => {
    if (isAtPlace()) moveAside(file, keep)
    goOn()
  }
  return {
    write: bytes => {
      // While nothing can be written, moving files would only push out those that are whole.
      const isFull = rotate && current.bytes > 0 && current.bytes + bytes.length > rotate.maxBytes
      if (rotate && isFull && !current.destination.isStuck && Date.now() >= retryAtMs) {
        const { keep } = rotate
        attempt(() => rotateNow(keep), 'rotated')
      }
      current.bytes += bytes.length
      current.destination.write(bytes)
    },
    setRotation: next => {
      rotate = next
    },
    reopen: () => {
      if (!isAtPlace()) attempt(goOn, 'opened anew')
    },
    flush: async () => {
      const all = [...older, current.destination]
      const areFlushed = await Promise.all(all.map(each => each.flush()))
      if (areFlushed.every(Boolean)) return
      tell(`the log ${file} could not be written to its end; its last lines are lost`)
      for (const each of all) each.giveUp()
    },
    end: () => current.destination.end(),
  }
}

function openFor(file: string, tell: Tell): OpenFile {
  const { fd, bytes, identity } = openAppending(file)
  const destination = openDestination(fd, {
    onTrouble: error =>
      tell(
        `the log ${file} cannot be written: ${describe(error)}. The gate goes on and holds up to ${maxBacklog / 2 ** 20} MiB of lines until it can; later lines are lost.`,
      ),
    onRecovery: lost =>
      tell(
        `the log ${file} is written again; ${lost === 0 ? 'no line is' : `${lost} lines are`} lost`,
      ),
  })
  // A gate that was killed, or a full disk, may have left half a line.
  if (bytes > 0 && !endsLine(file, bytes)) destination.write(Buffer.from('\n'))
  return { destination, identity, bytes }
}

function openAppending(file: string): { fd: number; bytes: number; identity: string } {
  let fd: number
  try {
    fd = openSync(file, flags, mode)
  } catch (error) {
    const message = `cannot open the log ${file}: ${describe(error)}`
    throw new GateError('GATE_LOG', message, { cause: error })
  }
  const stats = fstatSync(fd, { bigint: true })
  if (stats.isFile()) return { fd, bytes: Number(stats.size), identity: inodeOf(stats) }
  closeSync(fd)
  throw new GateError('GATE_LOG', `cannot open the log ${file}: it is not a file; name another`)
}

function endsLine(file: string, bytes: number): boolean {
  const last = Buffer.alloc(1)
  try {
    const fd = openSync(file, 'r')
    try {
      return readSync(fd, last, 0, 1, bytes - 1) === 0 || last.toString() === '\n'
    } finally {
      closeSync(fd)
    }
  } catch {
    return true // It may be appended to and not be read.
  }
}

function identityAt(file: string): string | undefined {
  try {
    return inodeOf(statSync(file, { bigint: true }))
  } catch {
    return undefined
  }
}

/** `file.1` becomes `file.2` and so on; the last of `keep` is replaced, and `file` becomes `file.1`. */
function moveAside(file: string, keep: number): void {
  for (let at = keep - 1; at >= 1; at--) moveIfThere(`${file}.${at}`, `${file}.${at + 1}`)
  renameSync(file, `${file}.1`)
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

const causes: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; make room',
  EDQUOT: 'the quota of this user is used up; make room',
  EROFS: 'its file system is read-only',
  EACCES: 'this user may not write there; give it the right',
  EPERM: 'this user may not write there; give it the right',
  ENOENT: 'its folder is missing; create it',
  ENOTDIR: 'its folder is a file; name another',
  EISDIR: 'it is a folder; name a file in it',
  ENXIO: 'it is not a file; name another',
}

function describe(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  const cause = causes[code]
  return cause === undefined ? message : `${cause} (${code})`
}
