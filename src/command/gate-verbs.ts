// The verbs about the gate itself: serve, check, explain and replay.
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { GateError } from '../error.ts'
import { fieldsBefore } from '../replay/cookie-field.ts'
import type { CheckOptions } from './check.ts'
import type { ExplainOptions } from './explain.ts'
import { processOutput as output } from './output.ts'
import type { ReplayCommandOptions } from './replay.ts'
import type { ServeOptions } from './serve.ts'
import {
  collect,
  configOption,
  endHelp,
  htmlOption,
  jsonOption,
  lazy,
  photosOption,
} from './verb.ts'

export function addGateVerbs(program: Command): void {
  addServe(program)
  addCheck(program)
  addExplain(program)
  addReplay(program)
}

function addServe(program: Command): void {
  const serve = program
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
    .action(
      lazy(
        () => import('./serve.ts'),
        (module, file: string | undefined, options: ServeOptions) =>
          module.serve({ ...withFile(options, file), version: program.version() }, output),
      ),
    )
  endHelp(serve, {
    fine: 'stopped by a signal, after the requests under way',
    other: 'it cannot listen, or anything else',
    examples: [
      ['serve /etc/photogate/photogate.yaml', 'serve by this configuration; SIGHUP reloads it'],
      ['serve --photos photos --port 0', 'try it with a folder of photos, on a free port'],
    ],
  })
}

function addCheck(program: Command): void {
  const check = program
    .command('check [file]')
    .description('say everything that is wrong or risky about a configuration')
    .addOption(configOption())
    .addOption(photosOption())
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./check.ts'),
        (module, file: string | undefined, options: CheckOptions) =>
          module.check(withFile(options, file), output),
      ),
    )
  endHelp(check, {
    fine: 'the configuration can be used; warnings are printed',
    examples: [
      ['check', 'look at ./photogate.yaml'],
      ['check --json new.yaml', 'all problems of new.yaml with line and column, for a script'],
    ],
  })
}

function addExplain(program: Command): void {
  const explain = program
    .command('explain')
    .description('say which rule admits a request, or why none does')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--client <address>', 'the client, with no proxy between')
    .option(
      '--peer <address>',
      'the address that the connection comes from, or unix or cert:CN=NAME as in proxies',
    )
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
    .option('--pass <link>', 'a guest pass, or the whole link that brings it')
    .option(
      '--photo <address>',
      'the mail address whose photo is asked for, a path, or a signed link',
    )
    .option('--all', 'also judge the rules behind the one that admits')
    .option(
      '--spent <people>',
      "the answer when the client has asked for this many people within the budget's window",
    )
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./explain.ts'),
        (module, options: ExplainOptions) => module.explain(options, output),
      ),
    )
  endHelp(explain, {
    fine: 'the request is admitted',
    findings: 'the request is turned away',
    examples: [
      [
        'explain --client 192.0.2.7 --photo joe@acme.example',
        'a client that comes straight to the gate',
      ],
      [
        "explain --peer 10.0.0.5 --header 'x-forwarded-for: 192.0.2.7' --photo joe@acme.example",
        'a client behind the front 10.0.0.5',
      ],
    ],
  })
}

function addReplay(program: Command): void {
  const replay = program
    .command('replay <log...>')
    .description('say which requests of access logs a configuration would have admitted')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--against <file>', 'compare with this configuration, not with the logged status')
    .option(
      '--cookie-field <n>',
      'which item of the LogFormat is "%{Cookie}i", from 1; found by itself without this option',
      parseCookieField,
    )
    .option(
      '--client-field <n>',
      'which item of the LogFormat is the client or "%{X-Forwarded-For}i", from 1; found by itself without this option',
      parseClientField,
    )
    .option('--vhost <name>', 'only lines of this virtual host, where the log names them')
    .addOption(htmlOption())
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./replay.ts'),
        (module, logs: string[], options: Omit<ReplayCommandOptions, 'logs'>) => {
          const terminal = process.stderr.isTTY ? process.stderr : undefined
          const streams = { output, input: process.stdin, terminal }
          return module.replay({ ...options, logs }, streams)
        },
      ),
    )
  endHelp(replay, {
    fine: 'no request is newly turned away or admitted for certain',
    findings: 'at least one is',
    other: 'a log could not be read to its end or says nothing, or anything else',
    examples: [
      ['replay -c new.yaml access_log', 'what new.yaml changes for the requests of this log'],
      ['replay -c new.yaml --against old.yaml access_log.*.gz', 'compare two configurations'],
    ],
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
