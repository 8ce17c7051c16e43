// The verbs about the gate itself: serve, check, explain and replay. Each loads its command when it is run.
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { GateError } from '../error.ts'
import { fieldsBefore } from '../replay/cookie-field.ts'
import type { CheckOptions } from './check.ts'
import type { ExplainOptions } from './explain.ts'
import { processOutput as output } from './output.ts'
import type { ReplayOptions } from './replay.ts'
import type { ServeOptions } from './serve.ts'
import { configOption, photosOption, run } from './verb-options.ts'

export function addGateVerbs(program: Command): void {
  addServe(program)
  addCheck(program)
  addExplain(program)
  addReplay(program)
}

function addServe(program: Command): void {
  program
    .command('serve [file]')
    .description('serve the photos')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--host <host>', 'listen on this address')
    .option('--port <port>', 'listen on this port; 0 takes a free one', parsePort)
    .addOption(
      new Option(
        '--banner <file>',
        'print this text when serving; {url} stands for the address',
      ).hideHelp(),
    )
    .action((file: string | undefined, options: ServeOptions) =>
      run(async () => (await import('./serve.ts')).serve(withFile(options, file), output))(options),
    )
}

function addCheck(program: Command): void {
  program
    .command('check [file]')
    .description('say everything that is wrong or risky about a configuration')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--json', 'print JSON')
    .action((file: string | undefined, options: CheckOptions) =>
      run(async () => (await import('./check.ts')).check(withFile(options, file), output))(options),
    )
}

function addExplain(program: Command): void {
  program
    .command('explain')
    .description('say which rule admits a request, or why none does')
    .addOption(configOption())
    .addOption(photosOption())
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
        (await import('./explain.ts')).explain(options, output),
      ),
    )
}

function addReplay(program: Command): void {
  program
    .command('replay <log...>')
    .description('say whom a configuration would have admitted, of the requests of access logs')
    .addOption(configOption())
    .addOption(photosOption())
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
      return run(async () => (await import('./replay.ts')).replay({ ...options, logs }, streams))(
        {},
      )
    })
}

function withFile<Options extends { config?: string }>(options: Options, file?: string): Options {
  if (file === undefined) return options
  if (options.config === undefined) return { ...options, config: file }
  throw new GateError(
    'GATE_USAGE',
    `name one configuration: ${file}, or --config ${options.config}`,
  )
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
