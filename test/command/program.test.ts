// What the help of each verb promises: its exit status, and examples that the program understands.
import type { Command } from 'commander'
import t from 'tap'
import { buildProgram } from '../../src/command/program.ts'

const program = buildProgram('1.2.3')
const commands = [...allOf(program)].filter(({ command }) => command.name() !== 'help')

t.test('there are all verbs and their own', async t => {
  const names = commands.map(({ name }) => name)
  for (const name of ['photogate', 'photogate serve', 'photogate token new'])
    t.ok(names.includes(name), name)
  t.equal(new Set(names).size, names.length)
})

for (const { name, command } of commands) {
  t.test(`${name} --help ends with the exit status and two examples that can be run`, async t => {
    const help = helpOf(command)
    t.match(
      help,
      /\nExit status:\n {2}0 {3}\S.*\n(?: {2}1 {3}\S.*\n)? {2}2 {3}.*\n {2}70 {2}.*\n {2}78 {2}.*\n\nExamples:\n/,
    )
    const examples = [
      ...help.slice(help.indexOf('\nExamples:\n')).matchAll(/^ {2}photogate (.*)\n {6}(\S.*)$/gm),
    ]
    t.equal(examples.length, 2)
    for (const [, line = '', does = ''] of examples) {
      t.equal(complaintAbout(wordsOf(line)), undefined, line)
      t.ok(does.length > 0 && !does.endsWith('.'), does)
    }
  })
}

t.test('an example with a mistake would be found', async t => {
  t.match(complaintAbout(['check', '--jsn']), /unknown option/)
  t.match(complaintAbout(['chek']), /unknown command/)
  t.match(complaintAbout(['convert']), /missing required argument/)
  t.match(complaintAbout(['snippets', 'iis']), /is invalid/)
})

function* allOf(command: Command, before = ''): Generator<{ name: string; command: Command }> {
  const name = `${before}${command.name()}`
  yield { name, command }
  for (const child of command.commands) yield* allOf(child, `${name} `)
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: part => (text += part) })
  command.outputHelp()
  return text
}

/** Parses without running: undefined, or what Commander complains about. */
function complaintAbout(words: readonly string[]): string | undefined {
  const tried = buildProgram('1.2.3')
  for (const { command } of allOf(tried)) {
    command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: () => {} })
    // `token` is a verb, and has verbs.
    const isRun = command.commands.length === 0 || command.name() === 'token'
    if (isRun) command.action(() => {})
  }
  try {
    tried.parse(words, { from: 'user' })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** As a shell splits the examples: quotes, and a redirection at the end. */
function wordsOf(line: string): string[] {
  const [command = ''] = line.split(/ [<>] /)
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}
