// The bill of materials of a package, in CycloneDX: what npm lists, what is in the bundles, and Node.js, which
// npm does not know of.
import { createHash } from 'node:crypto'
import type { InstalledPackage } from './licences.ts'
import { run } from './run.ts'
import type { Runtime } from './runtime.ts'

interface Component {
  readonly 'bom-ref': string
  readonly purl?: string
  readonly [key: string]: unknown
}

interface BillOfMaterials {
  readonly metadata: { readonly component: Component; readonly [key: string]: unknown }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
  readonly [key: string]: unknown
}

/** @param folder has package.json without development dependencies, package-lock.json and node_modules */
export function makeBillOfMaterials(
  folder: string,
  {
    runtime,
    bundled,
    epoch,
  }: { runtime: Runtime; bundled: readonly InstalledPackage[]; epoch: number },
): string {
  const text = run(['npm', 'sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev'], { cwd: folder })
  const listed = JSON.parse(text) as BillOfMaterials
  const node = describeNode(runtime)
  const known = new Set(listed.components.map(component => component['bom-ref']))
  const others = bundled
    .map(describeBundled)
    .filter(component => !known.has(component['bom-ref']))
    .concat(node)
  const program = listed.metadata.component
  const bill = {
    ...listed,
    metadata: {
      ...listed.metadata,
      timestamp: new Date(epoch * 1_000).toISOString(),
      // npm takes the name from the folder.
      component: { ...program, type: 'application', name: 'photogate' },
    },
    components: [...listed.components, ...others],
    dependencies: [
      ...listed.dependencies.map(entry =>
        entry.ref === program['bom-ref']
          ? { ...entry, dependsOn: [...entry.dependsOn, ...others.map(each => each['bom-ref'])] }
          : entry,
      ),
      ...others.map(each => ({ ref: each['bom-ref'], dependsOn: [] })),
    ],
  }
  // A serial number that is drawn would make each run's package another one.
  const digest = createHash('sha256')
    .update(JSON.stringify({ ...bill, serialNumber: '' }))
    .digest('hex')
  const uuid = digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5')
  return `${JSON.stringify({ ...bill, serialNumber: `urn:uuid:${uuid}` }, null, 2)}\n`
}

// A dependency of development to npm, but a part of the program: the admin page's.
function describeBundled({ name, version, licence }: InstalledPackage): Component {
  return {
    'bom-ref': `${name}@${version}`,
    type: 'library',
    name,
    version,
    scope: 'required',
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
    licenses: [{ license: { id: licence } }],
  }
}

function describeNode({ version, source, sha512 }: Runtime): Component {
  return {
    'bom-ref': `node@${version}`,
    type: 'application',
    name: 'node',
    version,
    scope: 'required',
    description: 'The Node.js that runs photogate',
    // By which scanners find its vulnerabilities.
    cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:lts:*:*:*`,
    purl: `pkg:npm/${source}`,
    hashes: [{ alg: 'SHA-512', content: sha512 }],
    licenses: [{ license: { name: 'Node.js licence (MIT, and those of its parts)' } }],
  }
}
