// `photogate --version`, and what inventories ask of each machine with `--version --json`.
import type { Command } from 'commander'
import { CommanderError } from 'commander'
import { exitCodes } from '../error.ts'

/** Lets `--version` print JSON where `--json` stands beside it. */
export function addVersion(program: Command, version: string): Command {
  // Commander's own listener comes second, and prints the version alone.
  program.on('option:version', () => {
    const { rawArgs = [] } = program as Command & { rawArgs?: readonly string[] }
    if (!rawArgs.includes('--json')) return
    program.configureOutput().writeOut?.(`${JSON.stringify(describeProgram(version), null, 2)}\n`)
    throw new CommanderError(exitCodes.fine, 'commander.version', version)
  })
  return program.version(
    version,
    '-V, --version',
    'print the version; with --json also those of Node.js and OpenSSL, and the platform',
  )
}

function describeProgram(version: string) {
  const { versions, platform, arch, execPath } = process
  return {
    version,
    node: versions.node,
    openssl: versions.openssl,
    platform,
    arch,
    runtime: execPath,
  }
}
