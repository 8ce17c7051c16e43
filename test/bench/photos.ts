// The photos that every server serves: the same files each time, with common sizes of photos.
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jpegOf } from '../fixtures/images.ts'

export interface BenchPhoto {
  /** The path of the URL. Nothing in it needs an escape. */
  readonly path: string
  readonly bytes: Buffer
}

const count = 2_000
const minBytes = 2_048
const maxBytes = 40_960

export function writePhotos(directory: string): BenchPhoto[] {
  mkdirSync(directory)
  return Array.from({ length: count }, (_, number) => {
    const name = `person.number-${number}@acme.example`
    const random = createHash('sha256').update(name).digest().readUInt32BE() / 2 ** 32
    const padding = Math.round(minBytes + random * (maxBytes - minBytes))
    const bytes = jpegOf(name, padding)
    writeFileSync(join(directory, `${name}.jpg`), bytes)
    return { path: `/${name}.jpg`, bytes }
  })
}

export function meanBytes(photos: readonly BenchPhoto[]): number {
  return photos.reduce((sum, { bytes }) => sum + bytes.length, 0) / photos.length
}
