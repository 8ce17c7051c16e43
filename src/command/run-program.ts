// Runs a command line, and sets the exit code of what went wrong.
import type { Command } from 'commander'
import { CommanderError } from 'commander'
import { exitCodes, GateError } from '../error.ts'
import { unquoteArguments } from './arguments.ts'
import { processOutput as output } from './output.ts'

/** Resolves when the verb has returned; `serve` goes on after that. Sets `process.exitCode` unless it is 0. */
export async function runProgram(program: Command, args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(unquoteArguments(args), { from: 'user' })
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its own message; help and version end with 0.
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.fine : exitCodes.usage
  }
  output.note(`photogate: ${error instanceof Error ? error.message : String(error)}`)
  return error instanceof GateError ? error.exitCode : exitCodes.other
}
