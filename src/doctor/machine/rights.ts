// Who could replace the configuration, its keys and passwords, or the photos: by the rights of each file and of every
// folder above it. Access control lists are not seen. Who could read a secret is told by the configuration's warnings.
import type { Stats } from 'node:fs'
import { lstat, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { quotePosix } from '../../text/shell-quote.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'
import type { ProcessUser } from './owners.ts'
import { judgeOwners } from './owners.ts'
import { checkPhotoRights } from './photo-rights.ts'

export interface GuardedPaths {
  /** Files that decide who is admitted: the configuration and what it names. */
  readonly deciding: readonly string[]
  /** The folder of the photos. */
  readonly photos: string
  readonly platform: NodeJS.Platform
  /** Whom doctor runs as. Undefined: not known. */
  readonly user?: ProcessUser | undefined
}

const writableByGroup = 0o020
const writableByAll = 0o002
// A folder is read by listing it and by entering it.
const readableByAll = 0o005
const readableByGroup = 0o050
const readableByOwner = 0o500
const sticky = 0o1000

/** What others may write, and the guarded paths that they can replace so. */
type Openings = Map<string, { readonly how: 'everybody' | 'group'; readonly paths: string[] }>

export async function checkRights(paths: GuardedPaths): Promise<Diagnosis> {
  const { deciding, photos, platform, user } = paths
  if (platform === 'win32') {
    const text =
      'Who could replace the configuration or the photos is not looked at on Windows; icacls PATH shows it.'
    return diagnosisOf({ unknown: [text] })
  }
  const [files, folders]: [Openings, Openings] = [new Map(), new Map()]
  const owners = new Map<number, Set<string>>()
  const unknown: string[] = []
  const collect = async (path: string, openings: Openings) => {
    try {
      await findOpenings(path, openings, owners)
    } catch (error) {
      unknown.push(`Who could replace ${path} is not known: ${(error as Error).message}.`)
    }
  }
  for (const path of deciding) await collect(path, files)
  await collect(photos, folders)
  const findings = [
    ...[...files].map(([path, opening]) => findingOfFiles(path, opening)),
    // A group that may bring photos is how many of them come.
    ...[...folders]
      .filter(([path, { how }]) => how === 'everybody' && !files.has(path))
      .map(([path]) => findingOfPhotos(path, photos)),
  ]
  const parts = [await judgeOwners(owners, user), await lookAtPhotos(photos)]
  findings.push(...parts.flatMap(part => part.findings))
  unknown.push(...parts.flatMap(part => part.unknown))
  const isRootOnly = user === undefined || user.uid === 0 || !owners.has(user.uid)
  const fine =
    findings.length === 0 && unknown.length === 0
      ? [
          `Only root${isRootOnly ? '' : ' and this user'} can replace the configuration and the files that it names.`,
        ]
      : []
  return { findings, fine: [...fine, ...(await describeReaders(photos, user))], unknown }
}

// That the folder cannot be read is for the check of the photos to say.
async function lookAtPhotos(photos: string): Promise<Diagnosis> {
  try {
    return await checkPhotoRights(photos, chainOf(await realpath(photos)))
  } catch {
    return diagnosisOf({})
  }
}

// Usual, and no fault: on most machines only administrators can log in. Said only where the gate goes on reading without
// the right of all others.
async function describeReaders(photos: string, user: ProcessUser | undefined): Promise<string[]> {
  const stats = await stat(photos).catch(() => undefined)
  if (stats === undefined || user === undefined || user.uid === 0) return []
  const { mode, uid, gid } = stats
  const own =
    uid === user.uid ? readableByOwner : user.groups.includes(gid) ? readableByGroup : undefined
  if (own === undefined || (mode & own) !== own || (mode & readableByAll) !== readableByAll)
    return []
  return [
    `Whoever can log in here can read the photos; chmod o= ${quotePosix(photos)} keeps them to this user, if the gate runs as this user.`,
  ]
}

async function findOpenings(
  path: string,
  openings: Openings,
  owners: Map<number, Set<string>>,
): Promise<void> {
  const real = await realpath(path)
  for (const each of new Set([...chainOf(path), ...chainOf(real)])) {
    const stats = await lstat(each)
    // A link has no rights of its own.
    if (!stats.isSymbolicLink()) {
      owners.set(stats.uid, (owners.get(stats.uid) ?? new Set()).add(each))
    }
    const how = stats.isSymbolicLink() ? undefined : findOpening(stats, each === real)
    if (how === undefined) continue
    const known = openings.get(each)
    if (known === undefined) openings.set(each, { how, paths: [path] })
    else if (!known.paths.includes(path)) known.paths.push(path)
  }
}

function findOpening(stats: Stats, isTarget: boolean): 'everybody' | 'group' | undefined {
  const { mode, uid, gid } = stats
  // In a folder as /tmp is, only owners can replace what is there; but anybody can add photos.
  if (stats.isDirectory() && (mode & sticky) !== 0 && !isTarget) return undefined
  if ((mode & writableByAll) !== 0) return 'everybody'
  // A group with the owner's number is the owner's own.
  return (mode & writableByGroup) !== 0 && gid !== 0 && gid !== uid ? 'group' : undefined
}

function chainOf(path: string): string[] {
  const chain = [path]
  for (let at = path; dirname(at) !== at; at = dirname(at)) chain.push(dirname(at))
  return chain
}

function findingOfFiles(
  path: string,
  { how, paths }: { how: 'everybody' | 'group'; paths: readonly string[] },
): Finding {
  const who = how === 'everybody' ? 'Everybody on this machine' : 'The members of its group'
  const others = paths.filter(each => each !== path)
  const what = others.length === 0 ? '' : ` and replace what is in it: ${others.join(', ')}`
  return {
    code: 'rights-replaceable',
    // Often a group of administrators, who may.
    effect: how === 'everybody' ? 'opens' : 'weakens',
    place: { file: path },
    seen: `${who} can write ${path}${what}.`,
    why: `Whoever replaces the configuration, a key file or a list of networks decides who sees the photos.${how === 'group' ? ' If all of the group may decide that, this is right.' : ''}`,
    cure: [
      `Take the right away:\n  chmod ${how === 'everybody' ? 'o' : 'g'}-w ${quotePosix(path)}`,
    ],
  }
}

function findingOfPhotos(path: string, photos: string): Finding {
  const where = path === photos ? 'the folder of the photos' : `a folder above ${photos}`
  return {
    code: 'rights-photos',
    effect: 'weakens',
    place: { file: path },
    seen: `Everybody on this machine can write ${path}, ${where}.`,
    why: 'Anybody who can log in here, and any program here, can put a wrong photo of a person there, or take the photos away.',
    cure: [`Take the right away:\n  chmod o-w ${quotePosix(path)}`],
  }
}
