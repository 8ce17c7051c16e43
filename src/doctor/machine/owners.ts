// Who owns the guarded files and the folders above them: an owner can replace what is there, whatever the bits say.
import { readFile } from 'node:fs/promises'
import type { Diagnosis, Finding } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'

/** Whom doctor runs as: by its page, the user of the gate. */
export interface ProcessUser {
  readonly uid: number
  /** All groups, the first one too. */
  readonly groups: readonly number[]
}

/** By uid: what it owns, of the guarded paths and the folders above them. */
export type Owners = ReadonlyMap<number, ReadonlySet<string>>

const maxPaths = 4
// Below are accounts of the system, as services have them.
const firstPerson = 1_000

/** Owners who are neither root nor `user`. Without a user it looks as root does. */
export async function judgeOwners(
  owners: Owners,
  { uid = 0 }: Partial<ProcessUser> = {},
  passwd = '/etc/passwd',
): Promise<Diagnosis> {
  const foreign = [...owners].filter(([owner]) => owner !== 0 && owner !== uid)
  const names = foreign.length === 0 ? new Map() : await readNames(passwd)
  const [only] = foreign
  // The gate has one user. A root that looks does not know which.
  const mayBeGate =
    only !== undefined && foreign.length === 1 && (uid === 0 || only[0] < firstPerson)
  const told = foreign.map(([owner, paths]) => ({ who: whoIs(owner, names), paths: [...paths] }))
  if (mayBeGate) {
    const unknown = told.map(
      ({ who, paths }) =>
        `Whether the gate runs as ${who}, as is usual. If not, ${who} can replace ${list(paths)}.`,
    )
    return diagnosisOf({ unknown })
  }
  return diagnosisOf({ findings: told.map(findingOf) })
}

interface ToldOwner {
  readonly who: string
  readonly paths: readonly string[]
}

function findingOf({ who, paths: [first = '', ...more] }: ToldOwner): Finding {
  const others = more.length === 0 ? '' : `\nSo ${more.length === 1 ? 'is' : 'are'} ${list(more)}.`
  return {
    code: 'rights-owner',
    effect: 'weakens',
    place: { file: first },
    seen: `${first} is owned by ${who}, who can replace it and what is in it.${others}`,
    why: 'Whoever replaces the configuration, a key or a list decides who sees the photos; whoever replaces a folder of photos, what they show.',
    cure: [
      `If the gate does not run as ${who}, and ${who} may not decide that, give it to root or to the user of the gate with chown. The gate must still be able to read it.`,
    ],
  }
}

function list(paths: readonly string[]): string {
  const more = paths.length - maxPaths
  return more > 0 ? `${paths.slice(0, maxPaths).join(', ')} and ${more} more` : paths.join(', ')
}

function whoIs(uid: number, names: ReadonlyMap<number, string>): string {
  const name = names.get(uid)
  return name === undefined ? `uid ${uid}` : `${name} (uid ${uid})`
}

// Names from a directory are not there; then the number must do.
async function readNames(passwd: string): Promise<Map<number, string>> {
  const text = await readFile(passwd, 'utf8').catch(() => '')
  const rows = text.split('\n').map(line => line.split(':'))
  return new Map(rows.flatMap(([name = '', , uid]) => (uid ? [[Number(uid), name] as const] : [])))
}
