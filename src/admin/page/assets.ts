// The files of the page, as the build made them, read once. Nothing else of the disk can be asked for.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface Asset {
  readonly bytes: Buffer
  readonly type: string
  /** Strong and quoted. */
  readonly etag: string
}

/** By the last part of its path. */
export type Assets = ReadonlyMap<string, Asset>

const types = {
  'index.html': 'text/html; charset=utf-8',
  'main.js': 'text/javascript; charset=utf-8',
  'main.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const

/** @throws Error when the program was not built whole */
export function loadAssets(folder = findPageFolder(import.meta.dirname)): Assets {
  return new Map(
    Object.entries(types).map(([name, type]) => {
      const bytes = readFileSync(join(folder, name))
      const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 27)
      return [name, { bytes, type, etag: `"${digest}"` }]
    }),
  )
}

// Beside the built program; from the sources, where the build puts it.
function findPageFolder(folder: string): string {
  for (const place of [join(folder, 'page'), join(folder, 'dist', 'page')]) {
    if (existsSync(join(place, 'main.js'))) return place
  }
  const above = dirname(folder)
  if (above === folder) throw new Error('the files of the admin page are missing; build photogate')
  return findPageFolder(above)
}
