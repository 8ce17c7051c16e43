// Runs a program of the machine that only looks, for its output.
import { execFile } from 'node:child_process'

/** Undefined when it is not there, fails, or does not end in time. */
export type RunTool = (program: string, args: readonly string[]) => Promise<string | undefined>

const limitMs = 3_000

export const runTool: RunTool = (program, args) =>
  new Promise(resolve => {
    const options = { timeout: limitMs, maxBuffer: 64 * 1024, windowsHide: true }
    execFile(program, [...args], options, (error, stdout) =>
      resolve(error === null ? stdout : undefined),
    )
  })
