// A folder of an SFTP server. The server is trusted with the photos and nothing else: not with sizes, not with names,
// and not to answer at all.
import type { SftpSettings } from '../../../config/supply/settings.ts'
import type { ListedProblem } from '../source.ts'
import { maxOriginalBytes, SourceError } from '../source.ts'
import type { FileTree, TreeFile } from './file-tree.ts'
import { nameRefusal, personError, refusalOf, sourceError } from './file-tree.ts'
import type { SftpConnection, SftpTimes } from './sftp-connection.ts'
import { connectSftp, sftpCodes } from './sftp-connection.ts'

export interface SftpTreeOptions extends Partial<SftpTimes> {
  now?: () => number
}

// The server tells times in whole seconds and by a clock that may be wrong: a file that changed within the hour has no
// version and is fetched.
const quietMs = 3_600_000
const chunkBytes = 262_144
const defaultTimes: SftpTimes = { connectMs: 15_000, operationMs: 30_000 }

/** Connects when it is listed. */
export function openSftpTree(
  settings: SftpSettings,
  { now = Date.now, ...times }: SftpTreeOptions = {},
): FileTree {
  const { host, port, user, folder } = settings
  const title = `sftp://${user}@${host.includes(':') ? `[${host}]` : host}:${port}`
  const pathOf = (name: string) => `${folder.replace(/\/+$/, '')}/${name}`
  const describe = (name: string) => `${title}${folder.startsWith('/') ? '' : '/~/'}${pathOf(name)}`
  let opening: Promise<SftpConnection> | undefined
  const warnings: ListedProblem[] = []
  const connect = () => {
    opening ??= connectSftp(settings, {
      times: { ...defaultTimes, ...times },
      warn: reason => warnings.push({ kind: 'trouble', where: title, reason }),
    })
    return opening
  }

  return {
    parallel: 4,
    async *list() {
      const connection = await connect()
      yield* warnings.splice(0)
      const handle = await openFolder(connection, folder, { title, user })
      for (;;) {
        const batch = await readBatch(connection, handle, title)
        if (batch === undefined) break
        for (const { filename, attrs, longname } of batch) {
          if (filename === '.' || filename === '..') continue
          yield describeFile(filename, { attrs, longname, now: now() })
        }
      }
      await connection.ask<void>((sftp, done) => sftp.close(handle, error => done(error)))
    },
    async read(name, maxBytes = maxOriginalBytes) {
      const refusal = nameRefusal(name)
      if (refusal !== undefined) throw personError(describe(name), refusal)
      const connection = await connect()
      try {
        return await readWhole(connection, pathOf(name), maxBytes)
      } catch (error) {
        if (isLoss(error)) throw error
        await throwIfGone(connection, folder, { title, user })
        const { code, message } = error as Error & { code?: unknown }
        const reason = code === undefined ? message : `cannot be read: ${message}`
        throw personError(describe(name), reason, { cause: error })
      }
    },
    describe,
    close: async () => {
      const connection = await opening?.catch(() => undefined)
      await connection?.close()
    },
  }
}

/** The file attributes that are used here; servers may leave any of them out. */
interface Stats {
  readonly size?: number
  readonly mtime?: number
  readonly mode?: number
}

interface Names {
  readonly title: string
  readonly user: string
}

function isLoss(error: unknown): boolean {
  return error instanceof SourceError && error.scope === 'source'
}

async function openFolder(
  connection: SftpConnection,
  folder: string,
  { title, user }: Names,
): Promise<Buffer> {
  try {
    return await connection.ask<Buffer>((sftp, done) => sftp.opendir(folder, done))
  } catch (error) {
    if (isLoss(error)) throw error
    const { code, message } = error as Error & { code: number }
    const reasons: Record<number, string> = {
      [sftpCodes.noSuchFile]: 'is not there',
      [sftpCodes.permissionDenied]: `may not be read by ${user}`,
    }
    const reason = `${reasons[code] ?? `cannot be read: ${message}`}; sftp: names the folder`
    throw sourceError(`folder ${folder} of ${title}`, reason, { cause: error })
  }
}

async function throwIfGone(
  connection: SftpConnection,
  folder: string,
  names: Names,
): Promise<void> {
  const handle = await openFolder(connection, folder, names)
  await connection.ask<void>((sftp, done) => sftp.close(handle, error => done(error)))
}

type Batch = { filename: string; longname: string; attrs: Stats }[]

// Undefined after the last batch.
async function readBatch(
  connection: SftpConnection,
  handle: Buffer,
  title: string,
): Promise<Batch | undefined> {
  try {
    return await connection.ask<Batch>((sftp, done) =>
      sftp.readdir(handle, (error, list) => done(error, list as unknown as Batch)),
    )
  } catch (error) {
    if (isLoss(error)) throw error
    if ((error as { code?: number }).code === sftpCodes.endOfFile) return undefined
    const message = `cannot be listed to the end: ${(error as Error).message}`
    throw sourceError(title, message, { cause: error })
  }
}

function describeFile(
  name: string,
  { attrs, longname, now }: { attrs: Stats; longname: string; now: number },
): TreeFile {
  const { size = 0, mtime = 0 } = attrs
  const modifiedMs = mtime * 1000
  const isQuiet = mtime > 0 && now - modifiedMs >= quietMs
  return {
    ...{ kind: 'file', name, size, modifiedMs },
    version: isQuiet ? `${size}:${mtime}` : undefined,
    refusal: nameRefusal(name) ?? kindRefusal(attrs.mode, longname),
  }
}

// As of stat(2).
const typeBits = 0o170000
const regularType = 0o100000
const linkType = 0o120000

// A server that leaves the type out of the mode may show it as ls does. Without either, reading finds out.
function kindRefusal(mode: number | undefined, longname: string): string | undefined {
  const type = (mode ?? 0) & typeBits
  if (type === regularType) return undefined
  if (type === linkType || (type === 0 && longname.startsWith('l'))) return 'is a symbolic link'
  return type !== 0 || /^[dpsbc][r-]/.test(longname) ? 'is not a regular file' : undefined
}

async function readWhole(
  connection: SftpConnection,
  path: string,
  maxBytes: number,
): Promise<Buffer> {
  const handle = await connection.ask<Buffer>((sftp, done) => sftp.open(path, 'r', done))
  try {
    const stats = await connection.ask<Stats>((sftp, done) => sftp.fstat(handle, done))
    const { size = 0, mode } = stats
    const refusal = refusalOf({ refusal: kindRefusal(mode, ''), size }, maxBytes)
    if (refusal !== undefined) throw new Error(refusal)
    return await readToEnd(connection, handle, maxBytes)
  } finally {
    // When closing fails because the connection is lost, the error of reading matters.
    await connection.ask<void>((sftp, done) => sftp.close(handle, () => done(null))).catch(() => {})
  }
}

// The size that the server stated is not a limit.
async function readToEnd(
  connection: SftpConnection,
  handle: Buffer,
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for (;;) {
    const chunk = await connection.ask<Buffer>((sftp, done) => {
      const buffer = Buffer.allocUnsafeSlow(chunkBytes)
      sftp.read(handle, buffer, 0, chunkBytes, length, (error, count) =>
        done(error, buffer.subarray(0, count)),
      )
    })
    if (chunk.length === 0) return Buffer.concat(chunks, length)
    length += chunk.length
    if (length > maxBytes) throw new Error(`is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
}
