// The help of each verb has its exit status, and examples that the program understands.
import type { Command } from 'commander'
import t from 'tap'
import { buildProgram } from '../../src/command/program.ts'
import { commandsBelow, findUsageError } from '../fixtures/program.ts'

const program = buildProgram('1.2.3')
const commands = [...commandsBelow(program)].filter(({ command }) => command.name() !== 'help')

t.test('all verbs and their subcommands are found', async t => {
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
      t.equal(findUsageError(line), undefined, line)
      t.ok(does.length > 0 && !does.endsWith('.'), does)
    }
  })
}

t.test('an example with a mistake is found', async t => {
  t.match(findUsageError('check --jsn'), /unknown option/)
  t.match(findUsageError('chek'), /unknown command/)
  t.match(findUsageError('convert'), /missing required argument/)
  t.match(findUsageError('snippets iis'), /is invalid/)
})

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: part => (text += part) })
  command.outputHelp()
  return text
}
