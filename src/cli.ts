#!/usr/bin/env node
// The program: its verbs and exit codes. The verbs' options are in command/*-verbs.ts; each loads its command when it
// is run: none pays for what the others need.
import { createRequire } from 'node:module'
import { Command, CommanderError } from 'commander'
import { unquoteArguments } from './command/arguments.ts'
import { addGateVerbs } from './command/gate-verbs.ts'
import { addKeys, addToken } from './command/key-verbs.ts'
import { addMoveVerbs, addSnippets } from './command/move-verbs.ts'
import { processOutput as output } from './command/output.ts'
import { addPhotoVerbs } from './command/photo-verbs.ts'
import { exitCodes, GateError } from './error.ts'
import { printableText } from './text/printable.ts'

const { version } = createRequire(import.meta.url)('../package.json') as { version: string }

const program = new Command('photogate')
  .description("Serves people's photos as emailaddress.jpg, to the right eyes only.")
  .version(version)
  .exitOverride()
  // A shell's pattern may have put a file's name among the arguments, and complaints repeat those.
  .configureOutput({
    writeOut: text => process.stdout.write(printableText(text)),
    writeErr: text => process.stderr.write(printableText(text)),
  })
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    'after',
    '\nExit codes: 0 fine, 1 turned away, not valid, changed, not whole or to be looked at, 2 usage, 78 configuration, 70 anything else.',
  )

// In the order in which the help lists them.
addGateVerbs(program)
addMoveVerbs(program)
addPhotoVerbs(program)
addKeys(program)
addToken(program)
addSnippets(program)

// Whoever reads, such as `head`, may have read enough. The rest is written to nobody, and that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

try {
  await program.parseAsync(unquoteArguments(process.argv.slice(2)), { from: 'user' })
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
