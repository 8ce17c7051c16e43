// A client that attacks, as a program of its own that ends with one line of JSON.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

// Runs only when nothing else wants the core (sched(7), SCHED_IDLE), where there are few: the gate is measured,
// and even a process of priority 19 keeps the core for milliseconds when another wakes.
export async function runAttacker<Load>(
  file: string,
  args: readonly (string | number)[],
): Promise<Load> {
  const command = [process.execPath, ...process.execArgv, join(import.meta.dirname, file)]
  const { stdout } = await promisify(execFile)('chrt', [
    ...['--idle', '0', ...command],
    ...args.map(String),
  ])
  return JSON.parse(stdout) as Load
}
