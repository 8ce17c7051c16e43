#!/usr/bin/env node
// The program: verbs, options, exit codes. Each verb hands over to its file in command/, which is loaded only then:
// none pays for what the others need.
import { createRequire } from 'node:module'
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { unquoteArguments } from './command/arguments.ts'
import type { CheckOptions } from './command/check.ts'
import type { ConvertOptions } from './command/convert.ts'
import type { ExplainOptions } from './command/explain.ts'
import type { IhsRulesOptions } from './command/ihs-rules.ts'
import type { ImportCommandOptions } from './command/import.ts'
import type { ShowKeysOptions } from './command/keys.ts'
import type { NewKeysOptions } from './command/keys-new.ts'
import { processOutput as output } from './command/output.ts'
import type { CoverageOptions, PhotosOptions } from './command/photos.ts'
import type { ReplayOptions } from './command/replay.ts'
import type { ServeOptions } from './command/serve.ts'
import { snippetKinds } from './command/snippet-kinds.ts'
import type { SnippetsOptions } from './command/snippets.ts'
import type { TokenOptions } from './command/token.ts'
import type { NewTokenOptions } from './command/token-new.ts'
import { exitCodes, GateError } from './error.ts'
import { printableText } from './ltpa/printable.ts'
import { fieldsBefore } from './replay/cookie-field.ts'

// How long an import that is told to stop may take to do so.
const maxStopMs = 1_700

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

const config = () =>
  new Option(
    '-c, --config <file>',
    'the configuration; else ./photogate.yaml; without one nothing is done',
  )
const photosInstead = () =>
  new Option(
    '--photos <directory>',
    'the directory of photos; without a configuration, with the built-in cookie rules',
  ).argParser(parseDirectory)

program
  .command('serve [file]')
  .description('serve the photos')
  .addOption(config())
  .addOption(photosInstead())
  .option('--host <host>', 'listen on this address')
  .option('--port <port>', 'listen on this port; 0 takes a free one', parsePort)
  .addOption(
    new Option(
      '--banner <file>',
      'print this text when serving; {url} stands for the address',
    ).hideHelp(),
  )
  .action((file: string | undefined, options: ServeOptions) =>
    run(async () => (await import('./command/serve.ts')).serve(withFile(options, file), output))(
      options,
    ),
  )

program
  .command('check [file]')
  .description('say everything that is wrong or risky about a configuration')
  .addOption(config())
  .addOption(photosInstead())
  .option('--json', 'print JSON')
  .action((file: string | undefined, options: CheckOptions) =>
    run(async () => (await import('./command/check.ts')).check(withFile(options, file), output))(
      options,
    ),
  )

program
  .command('explain')
  .description('say which rule admits a request, or why none does')
  .addOption(config())
  .addOption(photosInstead())
  .option('--client <address>', 'the client, with no proxy between')
  .option('--peer <address>', 'the address that the connection comes from')
  .option(
    '--header <line>',
    "a header, such as 'x-forwarded-for: 192.0.2.7'; may be repeated",
    collect,
  )
  .option(
    '--cookie <pair>',
    'a cookie, such as "LtpaToken2=x"; may be repeated; - takes a whole Cookie header from standard input',
    collect,
  )
  .option('--photo <address>', 'the mail address whose photo is asked for, or a path')
  .option('--all', 'also judge the rules behind the one that admits')
  .option('--json', 'print JSON')
  .action(
    run(async (options: ExplainOptions) =>
      (await import('./command/explain.ts')).explain(options, output),
    ),
  )

program
  .command('replay <log...>')
  .description('say whom a configuration would have admitted, of the requests of access logs')
  .addOption(config())
  .addOption(photosInstead())
  .option('--against <file>', 'compare with this configuration, not with the logged status')
  .option(
    '--cookie-field <n>',
    'which item of the LogFormat is "%{Cookie}i", from 1; else it is looked for',
    parseCookieField,
  )
  .option(
    '--client-field <n>',
    'which item of the LogFormat is the client or "%{X-Forwarded-For}i", from 1; else it is looked for',
    parseClientField,
  )
  .option('--vhost <name>', 'only lines of this virtual host, where the log names them')
  .option('--json', 'print JSON')
  .action((logs: string[], options: Omit<ReplayOptions, 'logs'>) => {
    const terminal = process.stderr.isTTY ? process.stderr : undefined
    const streams = { output, input: process.stdin, terminal }
    return run(async () =>
      (await import('./command/replay.ts')).replay({ ...options, logs }, streams),
    )({})
  })

program
  .command('schema')
  .description('print the JSON Schema of the configuration, for editors')
  .action(run(async () => (await import('./command/schema.ts')).schema(output)))

program
  .command('convert <httpd.conf>')
  .description('turn the virtual host of the photos into a configuration, and prove it')
  .option('--host <name>', 'its ServerName, where several could be meant')
  .option('--path <path>', 'where the old host has the photos: / or /photos/')
  .option(
    '--ignore-missing <file>',
    'an Include that is not there and decides nothing, as it is written (repeatable)',
    (file: string, before: string[] = []) => [...before, file],
  )
  .option('-o, --output <file>', 'write the configuration to this new file')
  .option('--json', 'print JSON')
  .action((file: string, options: ConvertOptions) =>
    run(async () => (await import('./command/convert.ts')).convert(file, options, output))(options),
  )

program
  .command('ihs-rules')
  .description('print the configuration as a RewriteCond block for IHS, and prove it')
  .addOption(config())
  .addOption(photosInstead())
  .option('--presence', 'look for LTPA cookies where tokens would be verified')
  .option('--json', 'print JSON')
  .action(
    run(async (options: IhsRulesOptions) =>
      (await import('./command/ihs-rules.ts')).ihsRules(options, output),
    ),
  )

program
  .command('import')
  .description('fetch photos from the sources of the configuration')
  .addOption(config())
  .option('--source <n>', 'only this source: its number from 1, or its name')
  .option('--dry-run', 'say what would be done, and do nothing')
  .option('--force', 'remove more than maxRemovals, and believe a source that is nearly empty')
  .option('--json', 'print JSON')
  .option('--quiet', 'print nothing unless there is something new to look at')
  .option('--strict', 'end with 1 also for problems that the last import had already')
  .action(
    run(async (options: ImportCommandOptions) => {
      const terminal = process.stderr.isTTY ? process.stderr : undefined
      const signal = stopSignal()
      const { importPhotos } = await import('./command/import.ts')
      const exitCode = await importPhotos(options, { output, terminal, signal })
      // A handle that a source has left open must not keep the process alive.
      setTimeout(() => process.exit(exitCode), 200).unref()
      return exitCode
    }),
  )

const photos = program.command('photos').description('look at the photos, or take one away')

photos
  .command('list')
  .description('print whose photos there are, and where they come from')
  .addOption(config())
  .addOption(photosInstead())
  .option('--json', 'print JSON')
  .action(
    run(async (options: PhotosOptions) =>
      (await import('./command/photos.ts')).listPhotos(options, output),
    ),
  )

photos
  .command('coverage')
  .description('say how many people have a photo, and who has none')
  .addOption(config())
  .addOption(photosInstead())
  .option('--people <file>', 'of the people in this CSV or LDIF file; else of the last import')
  .option('--json', 'print JSON')
  .action(
    run(async (options: CoverageOptions) =>
      (await import('./command/photos.ts')).coverage(options, output),
    ),
  )

photos
  .command('show <address>')
  .description('print the file, the source and the aliases of a photo')
  .addOption(config())
  .addOption(photosInstead())
  .option('--json', 'print JSON')
  .action((address: string, options: PhotosOptions) =>
    run(async () => (await import('./command/photos.ts')).showPhoto(address, options, output))(
      options,
    ),
  )

photos
  .command('remove <address>')
  .description('erase a photo, its aliases, and all records of it')
  .addOption(config())
  .addOption(photosInstead())
  .option('--json', 'print JSON')
  .action((address: string, options: PhotosOptions) =>
    run(async () => (await import('./command/photos.ts')).removePhotos(address, options, output))(
      options,
    ),
  )

photos
  .command('rename <old> <new>')
  .description('make the photo of one address that of another')
  .addOption(config())
  .addOption(photosInstead())
  .option('--json', 'print JSON')
  .action((from: string, to: string, options: PhotosOptions) =>
    run(async () =>
      (await import('./command/photos.ts')).renamePhotos([from, to], options, output),
    )(options),
  )

const keys = program.command('keys').description('look at an ltpa.keys file, or make one')

keys
  .command('show <file>')
  .description('print version, realm, key id, date and size; never a secret')
  .option('--password-file <file>', 'try whether the password in this file opens it')
  .option('--json', 'print JSON')
  .action((file: string, options: ShowKeysOptions) =>
    run(async () => (await import('./command/keys.ts')).showKeys(file, options, output))(options),
  )

keys
  .command('verify-only <file>')
  .description('print the file without its private key: enough to verify tokens, not to issue any')
  .action((file: string) =>
    run(async () => (await import('./command/keys.ts')).showVerifyOnly(file, output))({}),
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
      (await import('./command/keys-new.ts')).newKeys(options, output),
    ),
  )

const token = program
  .command('token')
  .description('say whether the LTPA token on standard input is valid, and whose it is')
  .addOption(config())
  .option('--json', 'print JSON')
  .action(
    run(async (options: TokenOptions) =>
      (await import('./command/token.ts')).token(options, process.stdin, output),
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
      (await import('./command/token-new.ts')).newToken(options, output),
    ),
  )

program
  .command('snippets')
  .description('print what to paste into a front or into Sametime, filled from the configuration')
  .addArgument(new Argument('<kind>', 'for what').choices(snippetKinds))
  .addOption(config())
  .addOption(photosInstead())
  .option(
    '--url <url>',
    'the photo host as its clients know it, such as https://photos.acme.example',
  )
  .option('--chat-url <url>', "stproxy: the Sametime Proxy's own public URL")
  .option('--user-token <text>', 'meetings: what the Meeting Server replaces by the user')
  .option('--attribute <name>', 'userinfo, ldif: the LDAP attribute for URLs of photos (PhotoURL)')
  .option('--dn <template>', "ldif: where people are, such as 'mail={address},ou=people,o=acme'")
  .action((kind: string, options: SnippetsOptions) =>
    run(async () => (await import('./command/snippets.ts')).snippets(kind, options, output))(
      options,
    ),
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

// Work that has begun is finished, if that is soon; a second signal ends the process at once.
function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      controller.abort()
      // By the signal, as exit would wait for what does not answer. Nobody handles it any more.
      setTimeout(() => process.kill(process.pid, name), maxStopMs).unref()
    })
  }
  return controller.signal
}

function withFile<Options extends { config?: string }>(options: Options, file?: string): Options {
  if (file === undefined) return options
  if (options.config === undefined) return { ...options, config: file }
  throw new GateError(
    'GATE_USAGE',
    `name one configuration: ${file}, or --config ${options.config}`,
  )
}

// An unset variable of a script would else be the working directory.
function parseDirectory(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('Name a directory.')
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('Write 0 to 65535.')
}

function parseClientField(text: string): number {
  if (/^\d{1,2}$/.test(text) && Number(text) > 0) return Number(text)
  throw new InvalidArgumentError('Write 1 to 99: %h of the common format is 1.')
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
