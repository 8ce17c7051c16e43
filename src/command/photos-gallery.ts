// `photogate photos gallery`: all photos of the folder as a wall in one HTML file, with what is missing, broken or too big.
import { basename } from 'node:path'
import { exitCodes } from '../error.ts'
import type { PhotoSurvey } from '../photo/photo-survey.ts'
import type { Cut, Fault, GalleryCoverage, GalleryFacts, Tile } from '../report/gallery-page.ts'
import { formatGalleryPage } from '../report/gallery-page.ts'
import type { PhotoEntry } from '../supply/import/photo-inventory.ts'
import { listInventory } from '../supply/import/photo-inventory.ts'
import { matchesGlob } from '../text/glob.ts'
import type { ConfigChoice } from './config-file.ts'
import { drawPreviews } from './gallery-previews.ts'
import type { Output } from './output.ts'
import { count, mustSurvey } from './photo-words.ts'
import type { NamedCoverage } from './photos-coverage.ts'
import { domainsTable, findCoverage, formatCoverage } from './photos-coverage.ts'
import { mustTakeReport, writeReport } from './report-file.ts'
import { loadPhotos } from './supply.ts'

export interface GalleryOptions extends ConfigChoice {
  /** A new file, or an earlier report. */
  html: string
  /** Only photos and people whose address matches this glob. */
  match?: string
  /** How many photos are shown at most. */
  max: number
  /** As for `photos coverage`. */
  people?: string
  /** Milliseconds since the epoch; undefined: now. */
  nowMs?: number
}

// HCL: under 45 KB. An import makes photos fit (supply.fit.maxBytes).
const sametimeBytes = 45_000
// Rows of each list. The verbs that print all of them are named below the list.
const maxRows = 500

export async function gallery(options: GalleryOptions, output: Output): Promise<number> {
  const { html: file, nowMs = Date.now() } = options
  mustTakeReport(file)
  const glob = options.match?.toLowerCase()
  const { photos } = loadPhotos(options, output)
  const survey = await mustSurvey(photos)
  const found = findCoverage(photos, survey.served, { people: options.people, output })
  const isMatch = (address: string) => glob === undefined || matchesGlob(glob, address)
  const inventory = listInventory(photos).filter(({ address }) => isMatch(address))
  const entries = inventory.filter(({ address }) => survey.served.has(address))
  const facts: GalleryFacts = {
    ...{ folder: photos, madeMs: nowMs, match: glob, photos: entries.length },
    wall: await buildWall(entries, survey, { directory: photos, max: options.max }),
    notServed: cut(survey.unserved, maxRows),
    tooBig: cut(
      entries.flatMap(entry => tooBig(entry, survey)),
      maxRows,
    ),
    maxBytes: sametimeBytes,
    refused: cut(inventory.flatMap(refusals), maxRows),
    coverage: found && coverageFacts(found, isMatch),
  }
  await writeReport(file, formatGalleryPage(facts), output)
  output.print(summaryOf(facts))
  return exitCodes.fine
}

async function buildWall(
  entries: readonly PhotoEntry[],
  { served }: PhotoSurvey,
  { directory, max }: { readonly directory: string; readonly max: number },
): Promise<Cut<Tile>> {
  const { items, leftOut } = cut(entries, max)
  const files = items.flatMap(({ address }) => served.get(address) ?? [])
  const pictures = await drawPreviews(directory, files)
  const tiles = items.map((entry, at): Tile => {
    const bytes = bytesOf(entry, served)
    return {
      ...{ address: entry.address, bytes, isTooBig: bytes >= sametimeBytes },
      origin: entry.photo === undefined ? 'put there by others' : `from ${entry.photo.source}`,
      picture: pictures[at] ?? '',
    }
  })
  return { items: tiles, leftOut }
}

/** Of the file that the gate serves for the address. */
function bytesOf({ address, files }: PhotoEntry, served: PhotoSurvey['served']): number {
  const name = served.get(address)?.name
  return files.find(({ path }) => basename(path) === name)?.bytes ?? 0
}

function tooBig(entry: PhotoEntry, { served }: PhotoSurvey): Fault[] {
  const bytes = bytesOf(entry, served)
  if (bytes < sametimeBytes) return []
  return [{ name: entry.address, reason: `has ${count(bytes, 'byte')}` }]
}

function refusals({ address, quarantined }: PhotoEntry): Fault[] {
  return quarantined.map(({ source, key, reason }) => ({
    name: address,
    reason: `${key} of ${source} ${reason}`,
  }))
}

function coverageFacts(
  found: NamedCoverage,
  isMatch: (address: string) => boolean,
): GalleryCoverage {
  const without = cut(found.without.filter(isMatch), maxRows)
  return { sentence: formatCoverage(found), without, domains: domainsTable(found, maxRows) }
}

function cut<Item>(items: readonly Item[], max: number): Cut<Item> {
  return { items: items.slice(0, max), leftOut: Math.max(0, items.length - max) }
}

function summaryOf({ photos, wall, notServed, tooBig }: GalleryFacts): string {
  const shown = wall.leftOut === 0 ? '' : `, the first ${count(wall.items.length, 'photo')} shown`
  const bad = `${count(notServed.items.length + notServed.leftOut, 'file')} not served`
  const large = `${(tooBig.items.length + tooBig.leftOut).toLocaleString('en')} too big for Sametime`
  return `${count(photos, 'photo')}${shown}, ${bad}, ${large}`
}
