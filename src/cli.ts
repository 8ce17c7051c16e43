#!/usr/bin/env node
// The program: its verbs (command/program.ts), run, and the exit code of what went wrong.
import { createRequire } from 'node:module'
import { CommanderError } from 'commander'
import { unquoteArguments } from './command/arguments.ts'
import { processOutput as output } from './command/output.ts'
import { buildProgram } from './command/program.ts'
import { exitCodes, GateError } from './error.ts'

const { version } = createRequire(import.meta.url)('../package.json') as { version: string }

// A reader such as `head` may have read enough and closed the pipe. That is not a fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

try {
  await buildProgram(version).parseAsync(unquoteArguments(process.argv.slice(2)), { from: 'user' })
} catch (error) {
  process.exitCode = exitCodeOf(error)
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its own message; help and version end with 0.
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage
  }
  output.note(`photogate: ${error instanceof Error ? error.message : String(error)}`)
  return error instanceof GateError ? error.exitCode : exitCodes.other
}
