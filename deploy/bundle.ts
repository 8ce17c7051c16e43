// Makes dist/, or the folder that is named: one file for each part of the program that is loaded separately. typebox is
// bundled with them, because its 679 files took longer to load than everything else at the start of the program.
//
//   tsx deploy/bundle.ts [folder [list]]     list: a file for the names of the packages that are in the bundles
import { copyFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Plugin } from 'esbuild'
import { build } from 'esbuild'

const root = join(import.meta.dirname, '..')
const folder = resolve(root, process.argv[2] ?? 'dist')
const listFile = process.argv[3]

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
  outdir: folder,
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

// The admin page, as browsers load it: one script and one style, so that the page asks no other server.
const page = await build({
  absWorkingDir: root,
  entryPoints: ['src/admin/app/main.ts', 'src/admin/app/main.css'],
  outdir: join(folder, 'page'),
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  legalComments: 'linked',
  logLevel: 'warning',
  metafile: true,
})
for (const name of ['index.html', 'icon.svg']) {
  copyFileSync(join(root, 'src/admin/app', name), join(folder, 'page', name))
}

// Files of an earlier build stay until the new one is complete, because a server may be running from here.
const made = new Set(Object.keys(metafile.outputs).map(path => basename(path)))
for (const name of readdirSync(folder)) {
  if (name !== 'page' && !made.has(name)) rmSync(join(folder, name), { recursive: true })
}

// The packages of npm that are in the bundles, whose licences go with them.
if (listFile !== undefined) {
  const inputs = [metafile, page.metafile].flatMap(({ inputs }) => Object.keys(inputs))
  const names = inputs.flatMap(path => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [])
  writeFileSync(listFile, JSON.stringify([...new Set(names)].toSorted()))
}
