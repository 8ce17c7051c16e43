// The verbs about LTPA keys and tokens. Each loads its command when it is run.
import type { Command } from 'commander'
import type { ShowKeysOptions } from './keys.ts'
import type { NewKeysOptions } from './keys-new.ts'
import { processOutput as output } from './output.ts'
import type { TokenOptions } from './token.ts'
import type { NewTokenOptions } from './token-new.ts'
import { configOption, run } from './verb-options.ts'

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('look at an ltpa.keys file, or make one')

  keys
    .command('show <file>')
    .description('print version, realm, key id, date and size; never a secret')
    .option('--password-file <file>', 'try whether the password in this file opens it')
    .option('--json', 'print JSON')
    .action((file: string, options: ShowKeysOptions) =>
      run(async () => (await import('./keys.ts')).showKeys(file, options, output))(options),
    )

  keys
    .command('verify-only <file>')
    .description(
      'print the file without its private key: enough to verify tokens, not to issue any',
    )
    .action((file: string) =>
      run(async () => (await import('./keys.ts')).showVerifyOnly(file, output))({}),
    )

  keys
    .command('new')
    .description('print new keys for WebSphere, Liberty, Sametime or Domino to import')
    .requiredOption('--realm <name>', 'the realm that they are for')
    .requiredOption('--password-file <file>', 'wrap them with the password in this file')
    .option('--fips', 'version 2.0 (FIPS 140-3), which only newer servers read')
    .option('-o, --output <file>', 'write them to this new file')
    .action(
      run(async (options: NewKeysOptions) =>
        (await import('./keys-new.ts')).newKeys(options, output),
      ),
    )
}

export function addToken(program: Command): void {
  const token = program
    .command('token')
    .description('say whether the LTPA token on standard input is valid, and whose it is')
    .addOption(configOption())
    .option('--json', 'print JSON')
    .action(
      run(async (options: TokenOptions) =>
        (await import('./token.ts')).token(options, process.stdin, output),
      ),
    )

  token
    .command('new')
    .description('print a token for trying things out, by keys that photogate keys new made')
    .requiredOption('--key-file <file>', 'the keys')
    .requiredOption('--password-file <file>', 'their password')
    .option('--user <id>', 'the unique id of a user; else one that says that it is a test')
    .option('--for <duration>', 'how long it counts: 5m, at most 1h', '5m')
    .action(
      run(async (options: NewTokenOptions) =>
        (await import('./token-new.ts')).newToken(options, output),
      ),
    )
}
