// How the floor is started.
import { fileURLToPath } from 'node:url'
import type { Server } from './server.ts'

export const floorServer: Server = {
  title: 'floor (bare node:http)',
  versionCommand: [process.execPath, '--version'],
  configure: ({ photos, port }) => [
    process.execPath,
    '--import',
    'tsx',
    fileURLToPath(new URL('floor.ts', import.meta.url)),
    photos,
    String(port),
  ],
}
