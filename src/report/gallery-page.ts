// The photos of a folder as one HTML file: a wall of small pictures, and what is missing, broken or too big. Its lists are
// bounded, and each says what it leaves out.
import type { Html, HtmlPart } from '../text/html.ts'
import { html } from '../text/html.ts'
import type { Table } from '../text/table.ts'
import { formatPage } from './page.ts'
import type { Figure } from './parts.ts'
import { figuresPart, sectionPart, tablePart } from './parts.ts'

/** A list that may be cut off. */
export interface Cut<Item> {
  readonly items: readonly Item[]
  /** How many are not in `items`. */
  readonly leftOut: number
}

export interface Tile {
  readonly address: string
  readonly bytes: number
  /** Where it comes from, in words. */
  readonly origin: string
  readonly isTooBig: boolean
  /** A small JPEG, or why there is none. */
  readonly picture: Buffer | string
}

/** A name and what is wrong with it. */
export interface Fault {
  readonly name: string
  readonly reason: string
}

export interface GalleryFacts {
  readonly folder: string
  readonly madeMs: number
  /** Which photos are shown, in words; undefined: all. */
  readonly match: string | undefined
  readonly photos: number
  readonly wall: Cut<Tile>
  readonly notServed: Cut<Fault>
  /** Photos that are served, and too big for Sametime. */
  readonly tooBig: Cut<Fault>
  readonly maxBytes: number
  /** Pictures that an import has refused. */
  readonly refused: Cut<Fault>
  /** Undefined: nobody has said who should have a photo. */
  readonly coverage: GalleryCoverage | undefined
}

export interface GalleryCoverage {
  /** `1,234 of 1,300 people of people.csv have a photo (94.9 %)` */
  readonly sentence: string
  readonly without: Cut<string>
  readonly domains: Table
}

export function formatGalleryPage(facts: GalleryFacts): string {
  const { folder, match, photos, wall, coverage } = facts
  const shown = match === undefined ? '' : `, of ${match} only`
  const lead = `${number(photos)} ${photos === 1 ? 'photo' : 'photos'} in ${folder}${shown}`
  const body = html`${figuresPart(figuresOf(facts))}
${coverage !== undefined && coveragePart(coverage)}
${faultsPart('broken', 'Not served', facts.notServed)}
${faultsPart('large', `Too big for Sametime, which shows photos below ${number(facts.maxBytes)} bytes`, facts.tooBig)}
${faultsPart('refused', 'Refused by the last imports', facts.refused)}
${sectionPart('wall', 'Photos', wallPart(wall))}`
  return formatPage({ title: 'Photos', lead, madeMs: facts.madeMs, body })
}

function figuresOf({ photos, notServed, tooBig, refused, coverage }: GalleryFacts): Figure[] {
  const figure = (label: string, cut: Cut<unknown>, tone: 'bad' | 'doubt'): Figure => {
    const all = sizeOf(cut)
    return { label, value: number(all), tone: all === 0 ? undefined : tone }
  }
  return [
    { label: photos === 1 ? 'photo' : 'photos', value: number(photos) },
    ...(coverage === undefined ? [] : [figure('people without a photo', coverage.without, 'bad')]),
    figure('files not served', notServed, 'bad'),
    figure('too big for Sametime', tooBig, 'doubt'),
    figure('refused by an import', refused, 'doubt'),
  ]
}

function coveragePart({ sentence, without, domains }: GalleryCoverage): Html {
  const list =
    without.items.length > 0 &&
    html`<h3>Without a photo</h3>
<ul class="columns">${without.items.map(address => html`<li>${address}</li>`)}</ul>
${morePart(without, 'photogate photos coverage prints all')}`
  return sectionPart(
    'coverage',
    'Coverage',
    html`<p>${sentence}</p>
${domains.rows.length > 0 && tablePart(domains)}
${list}`,
  )
}

function faultsPart(id: string, title: string, faults: Cut<Fault>): HtmlPart {
  if (faults.items.length === 0) return undefined
  const rows = faults.items.map(
    ({ name, reason }) => html`<tr><th scope="row">${name}</th><td class="text">${reason}</td></tr>
`,
  )
  const table = html`<table aria-labelledby="${id}">
<thead><tr><th scope="col">Name</th><th scope="col" class="text">What is wrong</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
${morePart(faults, 'photogate photos list prints all')}`
  return sectionPart(id, title, table)
}

function wallPart(wall: Cut<Tile>): Html {
  if (wall.items.length === 0) return html`<p>There are none.</p>`
  return html`<ul class="wall">
${wall.items.map(tilePart)}</ul>
${morePart(wall, '--max shows more of them, and --match others')}`
}

function tilePart({ address, bytes, origin, isTooBig, picture }: Tile): Html {
  const image =
    typeof picture === 'string'
      ? html`<div class="none">${picture}</div>`
      : html`<img alt="Photo of ${address}" width="96" height="96" src="data:image/jpeg;base64,${picture.toString('base64')}">`
  return html`<li><figure>${image}<figcaption>${address}<span>${number(bytes)} bytes</span><span>${origin}</span>${isTooBig && html`<em class="doubt">too big</em>`}</figcaption></figure></li>
`
}

function morePart({ leftOut }: Cut<unknown>, advice: string): HtmlPart {
  return leftOut > 0 && html`<p class="faint">And ${number(leftOut)} more; ${advice}.</p>`
}

function sizeOf({ items, leftOut }: Cut<unknown>): number {
  return items.length + leftOut
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
