// photogate(1), from the program's own help, so that no verb and no option can be forgotten.
import type { Command } from 'commander'
import { buildProgram } from '../../src/command/program.ts'

export function formatManPage(version: string, epoch: number): string {
  const program = buildProgram(version)
  const date = new Date(epoch * 1_000).toISOString().slice(0, 10)
  const verbs = program.commands.flatMap(verb =>
    verb.commands.length > 0 ? [verb, ...verb.commands] : [verb],
  )
  return [
    `.TH PHOTOGATE 1 "${date}" "photogate ${version}" "User Commands"`,
    '.SH NAME',
    text("photogate - people's photos as emailaddress.jpg, to the right eyes only"),
    '.SH SYNOPSIS',
    '.B photogate',
    '.I verb',
    text('[options] [arguments]'),
    '.SH DESCRIPTION',
    text(
      'Serves photos to IBM/HCL Sametime, Connections and Notes, and decides for each request who may see them: by network (CIDR, IPv4 and IPv6), by verified LTPA token, by cookie and by photo. Everybody else is redirected. A mistake in the configuration stops the start instead of opening the door.',
    ),
    '.SH OPTIONS',
    ...optionsOf(program),
    '.SH VERBS',
    ...verbs.flatMap(verbLines),
    '.SH EXIT STATUS',
    ...statusesOf(program),
    '.SH FILES',
    ...entry('/etc/photogate/photogate.yaml', 'the configuration of the service'),
    ...entry('/var/lib/photogate/photos', 'its photos'),
    ...entry('/usr/share/doc/photogate', 'README.md and, in deploy, the guides and the reference'),
    '.SH SEE ALSO',
    text('systemctl(1), journalctl(1), logrotate(8)'),
    '',
  ].join('\n')
}

function verbLines(verb: Command): string[] {
  const name = fullName(verb)
  return [
    `.SS ${text(name)}`,
    text(`${sentence(verb.description())}.`),
    '.PP',
    `.B ${text(name)}`,
    text(verb.usage()),
    ...optionsOf(verb),
    ...examplesOf(verb),
  ]
}

function fullName(verb: Command): string {
  const { parent } = verb
  return parent === null ? verb.name() : `${fullName(parent)} ${verb.name()}`
}

function optionsOf(command: Command): string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => command.parent === null || long !== '--help')
    .flatMap(option => {
      const choices = option.argChoices === undefined ? '' : ` (${option.argChoices.join(', ')})`
      return entry(option.flags, `${option.description}${choices}`)
    })
}

/** What `endHelp` adds to each help. */
function helpOf(command: Command): string {
  let help = ''
  command.configureOutput({
    writeOut: part => {
      help += part
    },
  })
  command.outputHelp()
  return help
}

function statusesOf(program: Command): string[] {
  const [, block = ''] = /\nExit status:\n([\s\S]*?)\n\n/.exec(helpOf(program)) ?? []
  return [...block.matchAll(/^ {2}(\d+) +(.*)$/gm)].flatMap(([, code = '', means = '']) =>
    entry(code, means),
  )
}

function examplesOf(verb: Command): string[] {
  const help = helpOf(verb)
  const examples = help.slice(help.indexOf('\nExamples:\n'))
  return [...examples.matchAll(/^ {2}(photogate .*)\n {6}(.*)$/gm)].flatMap(
    ([, line = '', does = '']) => entry(line, does),
  )
}

function entry(term: string, means: string): string[] {
  return ['.TP', `.B ${text(term)}`, text(means)]
}

function sentence(description: string): string {
  return description.replace(/^[a-z]/, first => first.toUpperCase())
}

/** One line of troff that shows just this text. */
function text(plain: string): string {
  const escaped = plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll("'", '\\(aq')
    .replace(
      /[^\0-\x7f]/gu,
      char => `\\[u${char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}]`,
    )
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}
