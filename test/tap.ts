// Compiles src and test to build/, where tap runs them: with a TypeScript loader, each of the 200 processes would
// load the compiler and compile the program again, which took longer than the tests themselves.
//
//   tsx test/tap.ts [tap's options] [test/evidence/target.test.ts ...]
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import { build } from 'esbuild'
import { root } from './fixtures/root.ts'

// Module by module, as the sources are: the coverage is told by file, and a test may replace a module's parts.
const besideItself: Plugin = {
  name: 'beside-itself',
  setup({ onResolve }) {
    onResolve({ filter: /.*/ }, ({ path, kind }) =>
      kind === 'entry-point'
        ? undefined
        : { path: path.replace(/^(\.{1,2}\/.*)\.ts$/, '$1.js'), external: true },
    )
  },
}

// What is left of a test that is gone would be run.
rmSync(join(root, 'build'), { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: ['src/**/*.ts', 'test/**/*.ts'],
  outdir: 'build',
  outbase: '.',
  bundle: true,
  plugins: [besideItself],
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
})

const words = process.argv
  .slice(2)
  .map(word => word.replace(/^(?:\.\/)?(test\/.*)\.ts$/, 'build/$1.js'))
// With the plugins of .taprc, which the run that first sees them does without.
const isPrepared = existsSync(join(root, '.tap', 'plugins')) || runTap(['build'])
process.exitCode = isPrepared && runTap(words) ? 0 : 1

function runTap(args: readonly string[]): boolean {
  return spawnSync('npx', ['tap', ...args], { cwd: root, stdio: 'inherit' }).status === 0
}
