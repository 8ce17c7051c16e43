// A folder of emailaddress.jpg files as a source, on this machine or on an SFTP server: each address in a file name is a
// person.
import { parseAddress } from '../../../text/mail-address.ts'
import type { Listed, Person, Source } from '../source.ts'
import type { FileTree, TreeFile } from './file-tree.ts'
import { nameRefusal, refusalOf } from './file-tree.ts'

// Also names of pictures that an import cannot read: people hand these in, and each is then refused with its type.
const pictureName =
  /^(.+)\.(?:jpe?g|jpe|jfif|pjpe?g|pjp|gif|png|webp|tiff?|avif|heic|heif|bmp|dib|jp2|jxl|psd|svg)$/i

export function buildFolderSource(tree: FileTree): Source {
  // For addresses with several files: the names of the others, by key.
  const others = new Map<string, readonly string[]>()
  return {
    parallel: tree.parallel,
    async *list() {
      // Nearly every address has one file.
      const byAddress = new Map<string, TreeFile | TreeFile[]>()
      for await (const file of tree.list()) {
        if (file.kind === 'trouble') {
          yield file
          continue
        }
        const stem = file.name.startsWith('.') ? undefined : pictureName.exec(file.name)?.[1]
        const address = stem === undefined ? undefined : parseAddress(stem)
        if (address !== undefined) addTo(byAddress, address, file)
        else if (stem === undefined) yield { kind: 'ignored', name: file.name }
        else {
          const advice = 'has a name that is not a mail address; name it emailaddress.jpg'
          const reason = nameRefusal(file.name) ?? advice
          yield { kind: 'trouble', where: tree.describe(file.name), reason }
        }
      }
      others.clear()
      for (const [address, files] of byAddress) {
        yield* listPerson(tree, address, { files: [files].flat(), others })
      }
    },
    fetch: async ({ key, version }, known) =>
      known !== undefined && known === version
        ? { kind: 'unchanged' }
        : { kind: 'photo', bytes: await tree.read(key) },
    fetchOthers: async ({ key }) => {
      const found: Buffer[] = []
      for (const name of others.get(key) ?? []) {
        const bytes = await tree.read(name).catch(() => undefined)
        if (bytes !== undefined) found.push(bytes)
      }
      return found
    },
    close: () => tree.close(),
  }
}

function addTo(
  byAddress: Map<string, TreeFile | TreeFile[]>,
  address: string,
  file: TreeFile,
): void {
  const others = byAddress.get(address)
  byAddress.set(address, others === undefined ? file : [others, file].flat())
}

interface PersonFiles {
  readonly files: readonly TreeFile[]
  /** Gets the names of the files after the newest. */
  readonly others: Map<string, readonly string[]>
}

// Like the gate: the newest file counts, and of files of the same age the first by name.
function* listPerson(
  tree: FileTree,
  address: string,
  { files, others: othersOf }: PersonFiles,
): Generator<Listed> {
  for (const file of files) {
    const refusal = refusalOf(file)
    if (refusal === undefined) continue
    yield { kind: 'trouble', where: tree.describe(file.name), reason: refusal }
  }
  const ranked = files.toSorted((a, b) => b.modifiedMs - a.modifiedMs || (a.name < b.name ? -1 : 1))
  const [newest, ...others] = ranked.filter(file => refusalOf(file) === undefined)
  if (others.length > 0 && newest !== undefined) {
    const names = others.map(({ name }) => name).join(', ')
    const reason = `is the newest photo of ${address}, and ${names} are for it too; keep one`
    yield { kind: 'trouble', where: tree.describe(newest.name), reason }
    othersOf.set(
      newest.name,
      others.map(({ name }) => name),
    )
  }
  // When all files are refused, the person is listed, and whether there is a photo is unknown.
  const { name } = newest ?? (ranked[0] as TreeFile)
  const photo: Person['photo'] = newest === undefined ? 'unknown' : 'present'
  yield {
    kind: 'person',
    person: { key: name, addresses: [address], photo, version: versionOf(newest, others) },
  }
}

// The other files are part of the version, because they are used when the newest is unusable.
function versionOf(newest: TreeFile | undefined, others: readonly TreeFile[]): string | undefined {
  if (newest === undefined || others.length === 0) return newest?.version
  const versions = [newest, ...others].map(({ version }) => version)
  return versions.includes(undefined) ? undefined : versions.join(' ')
}
