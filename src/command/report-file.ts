// The HTML file of a report: written whole or not at all, only for its owner to read, and never over a file that is not a
// report itself.
import { closeSync, lstatSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { renameWithRetry } from '../disk/durable-file.ts'
import { GateError } from '../error.ts'
import { isReport } from '../report/page.ts'
import type { Output } from './output.ts'
import { count } from './photo-words.ts'

const absent = { throwIfNoEntry: false } as const

/**
 * Called before the work that the report is about, which may take minutes.
 * @throws GateError GATE_USAGE when the file cannot become a report: its folder is missing, or something else is there.
 */
export function mustTakeReport(file: string): void {
  const refusal = refusalOf(file)
  if (refusal !== undefined) throw new GateError('GATE_USAGE', `--html ${refusal}`)
}

function refusalOf(file: string): string | undefined {
  const folder = dirname(resolve(file))
  if (!statSync(folder, absent)?.isDirectory()) return `${folder} is not a folder`
  const stats = lstatSync(file, absent)
  if (stats === undefined) return undefined
  if (stats.isDirectory()) return `${file} is a folder; name a file in it`
  try {
    if (stats.isFile() && isReport(startOf(file))) return undefined
  } catch (error) {
    return `${file} is there already, and cannot be read: ${(error as Error).message}`
  }
  return `${file} is there already, and is not a report of photogate; name a new file`
}

/** @throws GateError GATE_OUTPUT; then what was there before is still there. */
export async function writeReport(file: string, text: string, output: Output): Promise<void> {
  // It may have come since the work began.
  const refusal = refusalOf(file)
  if (refusal !== undefined) throw new GateError('GATE_OUTPUT', refusal)
  const part = join(dirname(resolve(file)), `.${basename(file)}.${process.pid}.part`)
  try {
    // The gate shows these addresses and photos to some only: the file is not for every user of the machine.
    writeFileSync(part, text, { flag: 'wx', mode: 0o600 })
    await renameWithRetry(part, file)
  } catch (error) {
    // One that was there already is somebody else's.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(part, { force: true })
    const message = `${file} cannot be written: ${(error as Error).message}`
    throw new GateError('GATE_OUTPUT', message, { cause: error })
  }
  output.note(`${file} is written: ${count(Buffer.byteLength(text), 'byte')}`)
}

function startOf(file: string): Buffer {
  const start = Buffer.alloc(1_024)
  const descriptor = openSync(file, 'r')
  try {
    return start.subarray(0, readSync(descriptor, start))
  } finally {
    closeSync(descriptor)
  }
}
