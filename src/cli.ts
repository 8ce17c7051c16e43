#!/usr/bin/env node
// The program: its verbs (command/program.ts), run.
import { createRequire } from 'node:module'
import { buildProgram } from './command/program.ts'
import { runProgram } from './command/run-program.ts'

const { version } = createRequire(import.meta.url)('../package.json') as { version: string }

// A reader such as `head` may have read enough and closed the pipe. That is not a fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

await runProgram(buildProgram(version), process.argv.slice(2))
