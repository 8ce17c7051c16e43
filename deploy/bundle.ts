// Makes dist/: one file for each part of the program that is loaded separately. typebox is bundled with them, because its
// 679 files took longer to load than everything else at the start of the program.
import { copyFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')

const packages: Plugin = {
  name: 'packages',
  setup({ onResolve }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path === 'typebox' || path.startsWith('typebox/')
        ? undefined
        : { path, external: true },
    )
  },
}

const { metafile } = await build({
  absWorkingDir: root,
  // The program starts the last two by their file names, beside its own.
  entryPoints: [
    'src/cli.ts',
    'src/photo/watch-worker.ts',
    'src/supply/source/files/folder-reader.ts',
  ],
  entryNames: '[name]',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  plugins: [packages],
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
  metafile: true,
})

// What browsers load from the admin listener. One file of each kind, whole: such a page asks no other server.
await build({
  absWorkingDir: root,
  entryPoints: ['src/admin/app/main.ts', 'src/admin/app/main.css'],
  outdir: 'dist/page',
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  legalComments: 'linked',
  logLevel: 'warning',
})
for (const name of ['index.html', 'icon.svg']) {
  copyFileSync(join(root, 'src/admin/app', name), join(root, 'dist/page', name))
}

// Files of an earlier build stay until the new one is complete, because a server may be running from here.
const dist = join(root, 'dist')
for (const name of readdirSync(dist)) {
  if (name !== 'page' && !(`dist/${name}` in metafile.outputs))
    rmSync(join(dist, name), { recursive: true })
}
