// The verbs about LTPA keys and tokens.
import type { Command } from 'commander'
import type { ShowKeysOptions } from './keys.ts'
import type { NewKeysOptions } from './keys-new.ts'
import { processOutput as output } from './output.ts'
import type { TokenOptions } from './token.ts'
import type { NewTokenOptions } from './token-new.ts'
import { configOption, endHelp, jsonOption, lazy } from './verb.ts'

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('look at an ltpa.keys file, or make one')
  addShow(keys)
  addVerifyOnly(keys)
  addNew(keys)
  endHelp(keys, {
    fine: 'done',
    examples: [
      ['keys show ltpa.keys', 'what is in the file'],
      ['keys verify-only ltpa.keys > verify.keys', 'the same file, unable to issue tokens'],
    ],
  })
}

function addShow(keys: Command): void {
  const show = keys
    .command('show <file>')
    .description('print version, realm, key id, date and size; never a secret')
    .option('--password-file <file>', 'try whether the password in this file opens it')
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./keys.ts'),
        (module, file: string, options: ShowKeysOptions) => module.showKeys(file, options, output),
      ),
    )
  endHelp(show, {
    fine: 'the file is whole, and the password opens it where one was named',
    examples: [
      ['keys show ltpa.keys', 'what is in the file'],
      ['keys show ltpa.keys --password-file ltpa.password', 'and whether the password opens it'],
    ],
  })
}

function addVerifyOnly(keys: Command): void {
  const verifyOnly = keys
    .command('verify-only <file>')
    .description(
      'print the file without its private key: enough to verify tokens, not to issue any',
    )
    .action(
      lazy(
        () => import('./keys.ts'),
        (module, file: string) => module.showVerifyOnly(file, output),
      ),
    )
  endHelp(verifyOnly, {
    fine: 'it is printed',
    examples: [
      ['keys verify-only ltpa.keys > verify.keys', 'make the file that the gate is to have'],
      ['keys verify-only /mnt/was/ltpa.keys', 'print it'],
    ],
  })
}

function addNew(keys: Command): void {
  const create = keys
    .command('new')
    .description('print new keys for WebSphere, Liberty, Sametime or Domino to import')
    .requiredOption('--realm <name>', 'the realm that they are for')
    .requiredOption('--password-file <file>', 'wrap them with the password in this file')
    .option('--fips', 'version 2.0 (FIPS 140-3), which only newer servers read')
    .option('-o, --output <file>', 'write them to this new file')
    .action(
      lazy(
        () => import('./keys-new.ts'),
        (module, options: NewKeysOptions) => module.newKeys(options, output),
      ),
    )
  endHelp(create, {
    fine: 'they are printed or written',
    examples: [
      [
        'keys new --realm acme --password-file ltpa.password -o ltpa.keys',
        'write them to a new file',
      ],
      ['keys new --realm acme --password-file ltpa.password --fips', 'for servers in FIPS mode'],
    ],
  })
}

export function addToken(program: Command): void {
  const token = program
    .command('token')
    .description('say whether the LTPA token on standard input is valid, and whose it is')
    .addOption(configOption())
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./token.ts'),
        (module, options: TokenOptions) => module.token(options, process.stdin, output),
      ),
    )
  endHelp(token, {
    fine: 'the token is valid',
    findings: 'it is not valid, and the answer says why',
    examples: [
      ['token', 'ask for a token or a Cookie header, and say what it is'],
      ['token --json -c photogate.yaml < cookie.txt', 'the same of a file, for a script'],
    ],
  })
  addTokenNew(token)
}

function addTokenNew(token: Command): void {
  const create = token
    .command('new')
    .description('print a token for trying things out, by keys that photogate keys new made')
    .requiredOption('--key-file <file>', 'the keys')
    .requiredOption('--password-file <file>', 'their password')
    .option(
      '--user <id>',
      'the unique id of a user; without this option, one that says it is a test',
    )
    .option('--for <duration>', 'how long it counts: 5m, at most 1h', '5m')
    .action(
      lazy(
        () => import('./token-new.ts'),
        (module, options: NewTokenOptions) => module.newToken(options, output),
      ),
    )
  endHelp(create, {
    fine: 'it is printed',
    examples: [
      ['token new --key-file ltpa.keys --password-file ltpa.password', 'a token for five minutes'],
      [
        'token new --key-file ltpa.keys --password-file ltpa.password --user joe@acme.example --for 1h',
        'one in the name of a user',
      ],
    ],
  })
}
