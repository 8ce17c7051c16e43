// A dump by TDI as a source, local or on an SFTP server: the people of the people file, each with the photo that the
// dump's index has for the uid.
import type { People } from '../people/people-file.ts'
import { loadPeople, uidKey } from '../people/people-file.ts'
import { decodePeople, quote } from '../people/people-text.ts'
import type { Listed, ListedProblem, Source } from '../source.ts'
import { SourceError } from '../source.ts'
import type { FileNames } from './file-names.ts'
import { buildFileNames } from './file-names.ts'
import type { FileTree, TreeFile } from './file-tree.ts'
import { personError, refusalOf, sourceError } from './file-tree.ts'
import type { DumpedPhoto, IndexText } from './tdi-index.ts'
import { parseTdiIndex } from './tdi-index.ts'

const maxIndexBytes = 256 * 1024 * 1024

export interface TdiDumpOptions {
  /** The index file's name in the tree. */
  readonly index: string
  readonly peopleFile: string
  /** The content of `peopleFile`; without it the file is read. */
  readonly people?: People | undefined
}

export function buildTdiDump(
  tree: FileTree,
  { index, peopleFile, people: known }: TdiDumpOptions,
): Source {
  let files = new Map<string, TreeFile>()

  async function* list(): AsyncGenerator<Listed> {
    const people = mustHaveUids(known ?? loadPeople(peopleFile), peopleFile)
    for (const problem of people.problems) yield { kind: 'trouble', ...problem }
    const folder = buildFileNames()
    for await (const file of tree.list()) {
      if (file.kind === 'trouble') yield file
      else folder.add(file)
    }
    const decoded = decodePeople(await readIndex(tree, index, folder))
    if ('problem' in decoded) {
      throw sourceError(`${tree.describe(index)}:${decoded.line}`, decoded.problem)
    }
    const troubles: ListedProblem[] = []
    const report = (line: number, reason: string) =>
      troubles.push({ kind: 'trouble', where: `${tree.describe(index)}:${line}`, reason })
    files = matchPhotos(decoded, { people, folder, peopleFile, report })
    yield* troubles
    for (const { name } of folder.unused()) yield { kind: 'ignored', name }
    for (const person of people.persons) {
      if (person.uid === undefined) continue
      if (people.find(person.uid) !== person) {
        // The uid is ambiguous, so no photo is theirs for sure. They are listed so that no one else gets their addresses.
        const { line, addresses } = person
        const nobody = { photo: 'unknown', version: undefined } as const
        yield { kind: 'person', person: { key: `line ${line}`, addresses, ...nobody } }
        continue
      }
      const key = uidKey(person.uid)
      const file = files.get(key)
      yield {
        kind: 'person',
        person: {
          ...{ key, addresses: person.addresses },
          photo: file === undefined ? 'unknown' : 'present',
          version: file?.version === undefined ? undefined : `${file.name}:${file.version}`,
        },
      }
    }
  }

  return {
    parallel: tree.parallel,
    list,
    async fetch({ key, version }, known) {
      const file = files.get(key)
      if (file === undefined)
        throw personError(tree.describe(index), `has no photo of ${quote(key)}`)
      if (known !== undefined && known === version) return { kind: 'unchanged' }
      return { kind: 'photo', bytes: await tree.read(file.name) }
    },
    close: () => tree.close(),
  }
}

function mustHaveUids(people: People, file: string): People {
  const { persons, problems } = people
  if (persons.length === 0 && problems[0] !== undefined) {
    const [{ where, reason }] = problems as [(typeof problems)[0]]
    const more = problems.length > 1 ? `, and ${problems.length - 1} more like that` : ''
    throw sourceError(file, `has nobody with a uid and a mail address: ${where} ${reason}${more}`)
  }
  if (persons.length === 0) throw sourceError(file, 'has no row that is a person')
  if (persons.every(({ uid }) => uid === undefined)) {
    const advice = 'write a column uid, as the dump names people by nothing else'
    throw sourceError(file, `has no person with a uid and a mail address; ${advice}`)
  }
  return people
}

async function readIndex(tree: FileTree, index: string, folder: FileNames): Promise<Buffer> {
  const where = tree.describe(index)
  const advice = 'is it the folder that dump_photos_to_files wrote? index: names another file in it'
  const file = folder.find([index])
  if (file === undefined) throw sourceError(where, `is not there; ${advice}`)
  const refusal = refusalOf(file, maxIndexBytes)
  if (refusal !== undefined) throw sourceError(where, `${refusal}; ${advice}`)
  try {
    return await tree.read(file.name, maxIndexBytes)
  } catch (error) {
    if (!(error instanceof SourceError)) throw error
    throw new SourceError('source', error.message, { cause: error })
  }
}

interface Matching {
  readonly people: People
  readonly folder: FileNames
  readonly peopleFile: string
  report(line: number, reason: string): void
}

/** The files by uidKey, without ambiguous ones. */
function matchPhotos(index: IndexText, matching: Matching): Map<string, TreeFile> {
  const { people, folder, peopleFile, report } = matching
  const { photos, problems } = parseTdiIndex(index)
  for (const { line, reason } of problems) report(line, reason)
  if (photos.length === 0) report(1, 'has no record')
  const files = new Map<string, TreeFile>()
  for (const photo of onlyOnes(photos, report)) {
    const { uid, names, line } = photo
    const person = people.find(uid)
    const file = folder.find(names)
    if (person === undefined)
      report(line, `uid ${quote(uid)} is not in ${peopleFile}, or is there twice`)
    else if (person.addresses.length === 0) {
      report(line, `uid ${quote(uid)} has no mail address in ${peopleFile}:${person.line}`)
    } else if (file === undefined) {
      report(
        line,
        `${quote(names[0] as string)} is not in the folder, or is there twice in different case`,
      )
    } else {
      const refusal = refusalOf(file)
      if (refusal === undefined) files.set(uidKey(uid), file)
      else report(line, `${quote(file.name)} ${refusal}`)
    }
  }
  return withoutShared(files, photos, report)
}

// Identical records count once. A uid with two different photos gets neither.
function onlyOnes(photos: readonly DumpedPhoto[], report: Matching['report']): DumpedPhoto[] {
  const firsts = new Map<string, DumpedPhoto>()
  const ambiguous = new Set<string>()
  for (const photo of photos) {
    const key = uidKey(photo.uid)
    const first = firsts.get(key)
    if (first === undefined) firsts.set(key, photo)
    else if (first.text !== photo.text) {
      ambiguous.add(key)
      const reason = `uid ${quote(photo.uid)} is also on line ${first.line}, with another photo; neither is taken`
      report(photo.line, reason)
    }
  }
  return [...firsts].flatMap(([key, photo]) => (ambiguous.has(key) ? [] : [photo]))
}

// TDI writes one file for each person: a file of two people shows the wrong face for one of them.
function withoutShared(
  files: ReadonlyMap<string, TreeFile>,
  photos: readonly DumpedPhoto[],
  report: Matching['report'],
): Map<string, TreeFile> {
  const ownerOf = new Map<TreeFile, string>()
  const shared = new Set<TreeFile>()
  for (const { uid, line } of photos) {
    const key = uidKey(uid)
    const file = files.get(key)
    if (file === undefined) continue
    const owner = ownerOf.get(file)
    if (owner === undefined) ownerOf.set(file, key)
    else if (owner !== key) {
      shared.add(file)
      report(line, `${quote(file.name)} is also the photo of ${quote(owner)}; neither is taken`)
    }
  }
  return new Map([...files].filter(([, file]) => !shared.has(file)))
}
