// A folder of emailaddress.jpg files, here or on an SFTP server, as a source: each address that files
// are named by is a person.
import { addressOfName } from '../../photo/photo-file.ts'
import type { Listed, Person, Source } from '../source.ts'
import type { FileTree, TreeFile } from './file-tree.ts'
import { refusalOf } from './file-tree.ts'

const imageName = /\.(?:jpe?g|gif|png|webp)$/i

export function buildFolderSource(tree: FileTree): Source {
  return {
    parallel: tree.parallel,
    async *list() {
      // Nearly everybody has one.
      const byAddress = new Map<string, TreeFile | TreeFile[]>()
      for await (const file of tree.list()) {
        if (file.kind === 'trouble') {
          yield file
          continue
        }
        const address = addressOfName(file.name)
        if (address !== undefined) addTo(byAddress, address, file)
        else if (imageName.test(file.name) && !file.name.startsWith('.')) {
          const reason = 'is named by no mail address; name it emailaddress.jpg'
          yield { kind: 'trouble', where: tree.describe(file.name), reason }
        }
      }
      for (const [address, files] of byAddress) yield* listPerson(tree, address, [files].flat())
    },
    fetch: async ({ key, version }, known) =>
      known !== undefined && known === version
        ? { kind: 'unchanged' }
        : { kind: 'photo', bytes: await tree.read(key) },
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

// As the gate does it: the newest file answers, and of files of the same age the one that comes first.
function* listPerson(
  tree: FileTree,
  address: string,
  files: readonly TreeFile[],
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
    const reason = `is the newest photo of ${address}; ${names} would be, too: keep one`
    yield { kind: 'trouble', where: tree.describe(newest.name), reason }
  }
  // With nothing but what is refused: somebody is there, and nothing is known of a photo.
  const { name } = newest ?? (ranked[0] as TreeFile)
  const photo: Person['photo'] = newest === undefined ? 'unknown' : 'present'
  yield {
    kind: 'person',
    person: { key: name, addresses: [address], photo, version: newest?.version },
  }
}
