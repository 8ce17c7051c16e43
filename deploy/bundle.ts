// Makes dist/: the program in as many files as it has parts that are loaded apart, and in them the one package that
// comes in 400 files, which took longer to load than all else that the program does at its start.
import { rmSync } from 'node:fs'
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

rmSync(join(root, 'dist'), { recursive: true, force: true })
await build({
  absWorkingDir: root,
  // What is started by its file's name lies beside what starts it.
  entryPoints: ['src/cli.ts', 'src/photo/watch-worker.ts', 'src/supply/files/folder-reader.ts'],
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
})
