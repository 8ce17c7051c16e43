// The long part of `npm test`: the tests, and beside them the compiler, which would otherwise leave a core idle for as
// long as a fifth of the tests takes. What it finds is printed when it has found it.
import { spawn } from 'node:child_process'
import { root } from './fixtures/root.ts'

/** Undefined when a signal ended it. */
function run(args: readonly string[], stdio: 'inherit' | 'pipe'): Promise<boolean> {
  const child = spawn('npm', ['run', '--silent', ...args], {
    cwd: root,
    stdio: ['inherit', stdio, stdio],
  })
  const chunks: Buffer[] = []
  child.stdout?.on('data', chunk => chunks.push(chunk))
  child.stderr?.on('data', chunk => chunks.push(chunk))
  return new Promise(resolve => {
    child.on('close', code => {
      // In one piece, not between the lines of the tests.
      if (chunks.length > 0) process.stderr.write(Buffer.concat(chunks))
      resolve(code === 0)
    })
  })
}

const types = run(['types'], 'pipe').then(isFine => {
  if (!isFine) process.stderr.write('types: the compiler has found problems; the tests go on\n')
  return isFine
})
const areTestsFine = await run(['tap'], 'inherit')
const isTyped = await types
// It reads the report of the tests.
if (areTestsFine) await import('./coverage.ts')
if (!areTestsFine || !isTyped) process.exitCode = 1
