// Where a running gate can be reached by `photogate stop` and `photogate reload`: a Unix socket in a folder that nobody else
// can write to, or a named pipe. The gate and the verbs find one place by the same configuration. Connects to nothing.
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

/** Of the process that asks. */
export interface PlaceFacts {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Undefined on Windows. */
  readonly uid: number | undefined
  /** The folder for temporary files. */
  readonly temporary: string
}

export interface GatePlace {
  /** Of the socket or pipe. */
  readonly path: string
  /** Of the gate; undefined for a pipe. */
  readonly pid: number | undefined
  /** User id of the folder and the socket; undefined for a pipe. */
  readonly owner: number | undefined
  /** In a folder that only root, or who set RUNTIME_DIRECTORY, can have named. */
  readonly isService: boolean
}

// sun_path has 108 bytes with the final zero on Linux, 104 elsewhere.
const maxPathBytes = 103
const serviceFolder = '/run/photogate'
const socketName = /^([\da-f]{16})-(\d{1,10})\.sock$/
const maxLinks = 40
// The bits that let others write, or do anything.
const othersWrite = 0o022
const others = 0o077

/**
 * What a configuration is called in the name of its socket. Several where the file is a link: the gate takes the first, and
 * the verbs look for all. The folder is followed and the file is not, because Kubernetes replaces what it links to.
 * `photos`: the directory of photos, where there is no file.
 */
export function controlKeysOf(file: string | undefined, photos = ''): string[] {
  if (file === undefined) return [keyOf(`photos:${inRealFolder(resolve(photos))}`)]
  const paths = [inRealFolder(resolve(file))]
  while (paths.length < maxLinks) {
    const next = targetOf(paths.at(-1) as string)
    if (next === undefined || paths.includes(next)) break
    paths.push(next)
  }
  return paths.map(path => keyOf(`file:${path}`))
}

function keyOf(text: string): string {
  // Windows has many spellings of one path.
  const name = process.platform === 'win32' ? text.toLowerCase() : text
  return createHash('sha256').update(name).digest('hex').slice(0, 16)
}

function inRealFolder(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path))
  } catch {
    return path
  }
}

function targetOf(path: string): string | undefined {
  try {
    return inRealFolder(resolve(dirname(path), readlinkSync(path)))
  } catch {
    return undefined
  }
}

/** The folder in which this process may open its socket, or why there is none, as a sentence. */
export function findOwnFolder(facts: PlaceFacts): { folder: string } | { why: string } {
  const { env, uid = -1 } = facts
  const reasons: string[] = []
  // systemd may name several.
  const runtime = env.RUNTIME_DIRECTORY?.split(':')[0]
  for (const folder of [...(runtime ? [runtime] : []), serviceFolder]) {
    const stats = lstatSync(folder, { throwIfNoEntry: false })
    const isOurs = stats?.isDirectory() && stats.uid === uid && (stats.mode & othersWrite) === 0
    if (isOurs && isShort(folder)) return { folder }
    if (folder === runtime)
      reasons.push(`${folder} is not a folder that only this user can write to`)
  }
  for (const folder of temporaryFolders(facts)) {
    const why = makePrivate(folder, uid)
    if (why === undefined) return { folder }
    reasons.push(why)
  }
  return { why: reasons.join('; ') }
}

function temporaryFolders({ temporary, uid = -1 }: PlaceFacts): string[] {
  // A long TMPDIR leaves no room for a socket's name.
  return [...new Set([temporary, '/tmp'])].map(parent => join(parent, `photogate-${uid}`))
}

function isShort(folder: string): boolean {
  return Buffer.byteLength(socketPath(folder, 'f'.repeat(16), 9_999_999_999)) <= maxPathBytes
}

/** Why it is not a folder of this user alone, if it is not. */
function makePrivate(folder: string, uid: number): string | undefined {
  if (!isShort(folder)) return `${folder} is too long for the path of a socket`
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') return message
  }
  return isPrivate(folder, uid)
    ? undefined
    : `${folder} is not a folder that belongs to this user alone (mode 0700); remove it`
}

function isPrivate(folder: string, uid: number): boolean {
  // A link may lead into a folder of somebody else.
  const stats = lstatSync(folder, { throwIfNoEntry: false })
  return stats?.isDirectory() === true && stats.uid === uid && (stats.mode & others) === 0
}

export function socketPath(folder: string, key: string, pid: number): string {
  return join(folder, `${key}-${pid}.sock`)
}

export function pipePath(key: string): string {
  return `\\\\.\\pipe\\photogate-${key}`
}

/**
 * Sockets of gates with that configuration, of gates that were killed too. Root finds those of every user: whom to believe
 * is a second question (`divideByTrust`). A socket that is not of its folder's owner is passed over.
 */
export function findPlaces(facts: PlaceFacts, keys: readonly string[]): GatePlace[] {
  if (facts.uid === undefined) {
    const pipe = { pid: undefined, owner: undefined, isService: false }
    return keys.map(key => ({ path: pipePath(key), ...pipe }))
  }
  const { services, users } = foldersToSearch(facts, facts.uid)
  const find = (isService: boolean) => (folder: string) =>
    socketsIn(folder, keys).map(socket => ({ ...socket, isService }))
  return [...services.flatMap(find(true)), ...users.flatMap(find(false))]
}

/** The sockets in a folder; without keys, those of gates with any configuration. */
export function socketsIn(
  folder: string,
  keys?: readonly string[],
): { path: string; pid: number; owner: number }[] {
  const owner = lstatSync(folder, { throwIfNoEntry: false })?.uid
  return namesIn(folder).flatMap(name => {
    const [, key, pid] = socketName.exec(name) ?? []
    const path = join(folder, name)
    const isWanted = key !== undefined && (keys === undefined || keys.includes(key))
    const stats = isWanted ? lstatSync(path, { throwIfNoEntry: false }) : undefined
    return stats?.isSocket() && stats.uid === owner ? [{ path, pid: Number(pid), owner }] : []
  })
}

function foldersToSearch(
  facts: PlaceFacts,
  uid: number,
): { readonly services: string[]; readonly users: string[] } {
  const runtime = facts.env.RUNTIME_DIRECTORY?.split(':')[0]
  const services = [...new Set([...(runtime ? [runtime] : []), serviceFolder])].filter(folder => {
    const stats = lstatSync(folder, { throwIfNoEntry: false })
    return stats?.isDirectory() && (stats.mode & othersWrite) === 0
  })
  const own = temporaryFolders(facts)
  const all = uid === 0 ? [...new Set(own.map(dirname))].flatMap(usersFoldersIn) : own
  const users = [...new Set(all)].filter(
    folder => !services.includes(folder) && isPrivate(folder, Number(/\d+$/.exec(folder)?.[0])),
  )
  return { services, users }
}

function usersFoldersIn(parent: string): string[] {
  return namesIn(parent)
    .filter(name => /^photogate-\d{1,10}$/.test(name))
    .map(name => join(parent, name))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
