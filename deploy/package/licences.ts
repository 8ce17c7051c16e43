// THIRD-PARTY.txt: the licence of each part of a package, in full.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Runtime } from './runtime.ts'

const requireJson = createRequire(import.meta.url)

export interface InstalledPackage {
  readonly name: string
  readonly version: string
  /** As its package.json says. */
  readonly licence: string
  readonly author: string
  readonly folder: string
}

interface PackageJson {
  readonly name: string
  readonly version: string
  readonly license?: string | { readonly type: string }
  /** The form of old packages. */
  readonly licenses?: readonly { readonly type: string }[]
  readonly author?: string | { readonly name: string }
}

/** All packages below node_modules, by name. */
export function installedPackages(folder: string): InstalledPackage[] {
  const { packages } = JSON.parse(
    readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'),
  ) as { packages: Record<string, unknown> }
  return Object.keys(packages)
    .map(path => join(folder, path))
    .filter(path => existsSync(join(path, 'package.json')))
    .map(describePackage)
    .toSorted(byName)
}

export function describePackage(folder: string): InstalledPackage {
  const { name, version, license, licenses, author } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as PackageJson
  const stated = typeof license === 'string' ? license : license?.type
  const licence = stated ?? licenses?.map(({ type }) => type).join(' or ')
  // Without any, nobody may pass it on.
  if (licence === undefined) throw new Error(`${name}@${version} names no licence`)
  const written = typeof author === 'string' ? author : author?.name
  return { name, version, licence, author: written ?? `the authors of ${name}`, folder }
}

export function writeLicences(
  file: string,
  packages: readonly InstalledPackage[],
  { runtime, nodeLicence }: { runtime: Runtime; nodeLicence: string },
): void {
  const parts = [
    'photogate is under the MIT licence: LICENSE. This package contains the following software of others.\n',
    section(`Node.js ${runtime.version}`, readFileSync(nodeLicence, 'utf8')),
    ...packages
      .toSorted(byName)
      .map(each => section(`${each.name} ${each.version} (${each.licence})`, textsOf(each))),
    // The libraries for pictures (libvips and its parts) are under the LGPL, which adds to the GPL.
    ...['LGPL-3.0-or-later', 'GPL-3.0-or-later'].map(id => section(`Text of ${id}`, textOfId(id))),
  ]
  writeFileSync(file, parts.join('\n'))
}

function section(title: string, text: string): string {
  const line = '='.repeat(78)
  return `${line}\n${title}\n${line}\n\n${text.replaceAll('\r\n', '\n').trim()}\n`
}

// sharp's README lists the libraries that are in its binary, and versions.json their versions.
const librariesOf = /^@img\/sharp-/

function textsOf({ name, licence, author, folder }: InstalledPackage): string {
  const names = readdirSync(folder).toSorted(compare)
  const files = names.filter(each => /^(?:licen[cs]e|copying|notice)/i.test(each))
  const libraries = librariesOf.test(name)
    ? names.filter(each => each === 'README.md' || each === 'versions.json')
    : []
  const texts = [...files, ...libraries].map(each => readFileSync(join(folder, each), 'utf8'))
  if (files.length > 0) return texts.join('\n')
  const own = `The package has no licence file; its author is ${author}.`
  // Its text stands once, at the end.
  if (licence.startsWith('LGPL')) return [own, ...texts].join('\n\n')
  return [own, `The text of ${licence}:`, textOfId(licence), ...texts].join('\n\n')
}

/** @throws Error for an identifier that SPDX does not list */
function textOfId(id: string): string {
  const { licenseText } = requireJson(`spdx-license-list/licenses/${id}.json`) as {
    licenseText: string
  }
  return licenseText
}

function byName(a: InstalledPackage, b: InstalledPackage): number {
  return compare(`${a.name} ${a.version}`, `${b.name} ${b.version}`)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
