// Starts the floor, and the floor that sends in bursts.
import { fileURLToPath } from 'node:url'
import type { Server } from './server.ts'

const floorOf = (title: string, ...words: string[]): Server => ({
  title,
  versionCommand: [process.execPath, '--version'],
  configure: ({ photos, port }) => [
    process.execPath,
    '--import',
    'tsx',
    fileURLToPath(new URL('floor.ts', import.meta.url)),
    photos,
    String(port),
    ...words,
  ],
})

export const floor = floorOf('floor (bare node:http)')
export const floorBursts = floorOf('floor, in bursts', 'bursts')
