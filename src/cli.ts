#!/usr/bin/env node
// The program: verbs, options, exit codes. Each verb hands over to its file in command/.
import { createRequire } from 'node:module'
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { CheckOptions } from './command/check.ts'
import { check } from './command/check.ts'
import type { ConvertOptions } from './command/convert.ts'
import { convert } from './command/convert.ts'
import type { ExplainOptions } from './command/explain.ts'
import { explain } from './command/explain.ts'
import type { IhsRulesOptions } from './command/ihs-rules.ts'
import { ihsRules } from './command/ihs-rules.ts'
import type { ShowKeysOptions } from './command/keys.ts'
import { showKeys, showVerifyOnly } from './command/keys.ts'
import { processOutput as output } from './command/output.ts'
import type { ReplayOptions } from './command/replay.ts'
import { replay } from './command/replay.ts'
import { schema } from './command/schema.ts'
import type { ServeOptions } from './command/serve.ts'
import { serve } from './command/serve.ts'
import type { SnippetsOptions } from './command/snippets.ts'
import { snippetKinds, snippets } from './command/snippets.ts'
import type { TokenOptions } from './command/token.ts'
import { token } from './command/token.ts'
import { exitCodes, GateError } from './error.ts'
import { fieldsBefore } from './replay/cookie-field.ts'

const { version } = createRequire(import.meta.url)('../package.json') as { version: string }

const program = new Command('photogate')
  .description("Serves people's photos as emailaddress.jpg, to the right eyes only.")
  .version(version)
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    'after',
    '\nExit codes: 0 fine, 1 turned away, not valid, changed or not whole, 2 usage, 78 configuration, 70 anything else.',
  )

const config = () =>
  new Option(
    '-c, --config <file>',
    'the configuration; else ./photogate.yaml, else the built-in one',
  )

program
  .command('serve')
  .description('serve the photos')
  .addOption(config())
  .option('--photos <directory>', 'serve the photos of this directory')
  .option('--host <host>', 'listen on this address')
  .option('--port <port>', 'listen on this port; 0 takes a free one', parsePort)
  .addOption(
    new Option(
      '--banner <file>',
      'print this text when serving; {url} stands for the address',
    ).hideHelp(),
  )
  .action(run((options: ServeOptions) => serve(options, output)))

program
  .command('check')
  .description('say everything that is wrong or risky about a configuration')
  .addOption(config())
  .option('--json', 'print JSON')
  .action(run((options: CheckOptions) => check(options, output)))

program
  .command('explain')
  .description('say which rule admits a request, or why none does')
  .addOption(config())
  .option('--client <address>', 'the client, with no proxy between')
  .option('--peer <address>', 'the address that the connection comes from')
  .option(
    '--header <line>',
    "a header, such as 'x-forwarded-for: 192.0.2.7'; may be repeated",
    collect,
  )
  .option('--cookie <pair>', "a cookie, such as 'LtpaToken2=x'; may be repeated", collect)
  .option('--photo <address>', 'the mail address whose photo is asked for, or a path')
  .option('--json', 'print JSON')
  .action(run((options: ExplainOptions) => explain(options, output)))

program
  .command('replay <log...>')
  .description('say whom a configuration would have admitted, of the requests of access logs')
  .addOption(config())
  .option('--against <file>', 'compare with this configuration, not with the logged status')
  .option(
    '--cookie-field <n>',
    'which item of the LogFormat is "%{Cookie}i", from 1; else it is looked for',
    parseCookieField,
  )
  .option('--vhost <name>', 'only lines of this virtual host, where the log names them')
  .option('--json', 'print JSON')
  .action((logs: string[], options: Omit<ReplayOptions, 'logs'>) => {
    const terminal = process.stderr.isTTY ? process.stderr : undefined
    const streams = { output, input: process.stdin, terminal }
    return run(() => replay({ ...options, logs }, streams))({})
  })

program
  .command('schema')
  .description('print the JSON Schema of the configuration, for editors')
  .action(run(() => schema(output)))

program
  .command('convert <httpd.conf>')
  .description('turn the virtual host of the photos into a configuration, and prove it')
  .option('--host <name>', 'its ServerName, where several could be meant')
  .option('-o, --output <file>', 'write the configuration to this new file')
  .option('--json', 'print JSON')
  .action((file: string, options: ConvertOptions) =>
    run(() => convert(file, options, output))(options),
  )

program
  .command('ihs-rules')
  .description('print the configuration as a RewriteCond block for IHS, and prove it')
  .addOption(config())
  .option('--presence', 'look for LTPA cookies where tokens would be verified')
  .option('--json', 'print JSON')
  .action(run((options: IhsRulesOptions) => ihsRules(options, output)))

const keys = program.command('keys').description('look at an ltpa.keys file')

keys
  .command('show <file>')
  .description('print version, realm, key id, date and size; never a secret')
  .option('--password-file <file>', 'try whether the password in this file opens it')
  .option('--json', 'print JSON')
  .action((file: string, options: ShowKeysOptions) =>
    run(() => showKeys(file, options, output))(options),
  )

keys
  .command('verify-only <file>')
  .description('print the file without its private key: enough to verify tokens, not to issue any')
  .action((file: string) => run(() => showVerifyOnly(file, output))({}))

program
  .command('token')
  .description('say whether the LTPA token on standard input is valid, and whose it is')
  .addOption(config())
  .option('--json', 'print JSON')
  .action(run((options: TokenOptions) => token(options, process.stdin, output)))

program
  .command('snippets')
  .description('print what to paste into a front or into Sametime, filled from the configuration')
  .addArgument(new Argument('<kind>', 'for what').choices(snippetKinds))
  .addOption(config())
  .option(
    '--url <url>',
    'the photo host as its clients know it, such as https://photos.acme.example',
  )
  .option('--chat-url <url>', "stproxy: the Sametime Proxy's own public URL")
  .option('--user-token <text>', 'meetings: what the Meeting Server replaces by the user')
  .option('--attribute <name>', 'userinfo, ldif: the LDAP attribute for URLs of photos (PhotoURL)')
  .option('--dn <template>', "ldif: where people are, such as 'mail={address},ou=people,o=acme'")
  .action((kind: string, options: SnippetsOptions) =>
    run(() => snippets(kind, options, output))(options),
  )

/** A verb's exit code becomes the process's; undefined means that it goes on running. */
function run<Options>(
  verb: (options: Options) => number | undefined | Promise<number | undefined>,
) {
  return async (options: Options) => {
    const exitCode = await verb(options)
    if (exitCode !== undefined) process.exitCode = exitCode
  }
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('Write 0 to 65535.')
}

function parseCookieField(text: string): number {
  if (/^\d{1,2}$/.test(text) && Number(text) > fieldsBefore) return Number(text)
  throw new InvalidArgumentError(
    `Write ${fieldsBefore + 1} to 99: it comes after %h %l %u %t "%r" %>s %b.`,
  )
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text]
}

// Whoever reads, such as `head`, may have read enough. The rest is written to nobody, and that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

try {
  await program.parseAsync()
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
