// What a terminal gets beside a pipe: colours and bars and nothing else, and no sequence that is not the program's own.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Test } from 'tap'
import t from 'tap'
import { logLine } from '../fixtures/access-log.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import { jpegOf } from '../fixtures/images.ts'
import { makeDirectory } from '../fixtures/process.ts'
import type { TerminalOptions } from '../fixtures/pseudo-terminal.ts'
import { runOnTerminal } from '../fixtures/pseudo-terminal.ts'

// A title of the terminal, a colour, the same by C1 controls, a change of direction, a line that is written over.
const evil = '\u001b]0;owned\u0007\u001b[31m\u009b32m\u202e\rfine'
// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of the program's own colours
const ownColours = /\u001b\[(?:1|2|22|31|32|33|39)m/g

function openHome(t: Test): string {
  const home = makeDirectory(t)
  mkdirSync(join(home, 'photos'))
  const write = (name: string, text: string | Buffer) => writeFileSync(join(home, name), text)
  write('photos/joe@acme.example.jpg', jpegOf('joe'))
  for (const name of ['photogate.yaml', `${evil}.yaml`]) {
    write(name, 'allow: [{ name: offices, from: 10.0.0.0/8 }, { name: lobby, from: 192.0.2.1 }]\n')
  }
  write('people.csv', 'uid,mail\njoe,joe@acme.example\nann,ann@b.example\nkim,kim@b.example\n')
  write(`${evil}.csv`, 'uid,mail\njoe,joe@acme.example\n')
  const lines = [
    ...Array.from({ length: 9 }, () => logLine({ client: '10.0.0.1', agent: evil })),
    ...Array.from({ length: 3 }, () => logLine({ client: '198.51.100.1' })),
    logLine({ client: '192.0.2.1', status: 302 }),
    evil,
  ]
  write('access_log', `${lines.join('\n')}\n`)
  write(`${evil}.log`, `${lines.join('\n')}\n`)
  return home
}

const verbs: readonly (readonly string[])[] = [
  ['explain', '--client', '10.0.0.1', '--photo', 'joe@acme.example'],
  ['explain', '--client', '8.8.8.8', '--photo', 'joe@acme.example'],
  ['check'],
  ['replay', 'access_log'],
  ['photos', 'coverage', '--people', 'people.csv'],
]
const hostile: readonly (readonly string[])[] = [
  ['explain', '-c', `${evil}.yaml`, '--client', '10.0.0.1', '--photo', `/${evil}`],
  ['explain', '--peer', '10.0.0.1', '--header', `cookie: ${evil}=${evil}`],
  ['check', `${evil}.yaml`],
  ['replay', `${evil}.log`],
  ['photos', 'coverage', '--people', `${evil}.csv`],
]

t.test('no name brings a sequence of its own to a coloured terminal', async t => {
  const cwd = openHome(t)
  for (const args of hostile) {
    await t.test(args.join(' ').replaceAll(evil, '…'), async t => {
      const shown = await runOnTerminal(t, args, { cwd })
      if (shown === undefined) return
      t.match(shown, ownColours, 'it is coloured')
      t.notMatch(shown.replace(ownColours, ''), /[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/u)
    })
  }
})

t.test('without colours and bars a terminal gets what a pipe gets, byte for byte', async t => {
  const cwd = openHome(t)
  for (const args of verbs) {
    const { stdout } = await runCommandLine(args, { cwd })
    await t.test(args.join(' '), async t => {
      t.not(stdout, '')
      const screens: TerminalOptions[] = [
        { cwd, env: { TERM: 'dumb' } },
        { cwd, columns: 50, env: { NO_COLOR: '1' } },
        { cwd, columns: 50 },
      ]
      const shown = await Promise.all(screens.map(screen => runOnTerminal(t, args, screen)))
      const [dumb, colourless, narrow] = shown
      if (narrow === undefined) return
      t.equal(dumb, stdout, 'TERM=dumb')
      t.equal(colourless, stdout, 'NO_COLOR')
      t.equal(stripVTControlCharacters(narrow), stdout, 'a narrow terminal: colours alone')
      t.not(narrow, stdout)
    })
  }
})

t.test('JSON is the same on a terminal', async t => {
  const cwd = openHome(t)
  for (const verb of [['check'], ['replay', 'access_log'], ['explain', '--client', '10.0.0.1']]) {
    const args = [...verb, '--json']
    const { stdout } = await runCommandLine(args, { cwd })
    const shown = await runOnTerminal(t, args, { cwd })
    if (shown !== undefined) t.equal(shown, stdout, args.join(' '))
  }
})

t.test('a hit is green and a miss is not, and the verdict has its colour', async t => {
  const cwd = openHome(t)
  const [admitted, away] = await Promise.all(
    verbs.slice(0, 2).map(args => runOnTerminal(t, args, { cwd })),
  )
  if (admitted === undefined || away === undefined) return
  t.match(
    admitted,
    '\u001b[32mhit \u001b[39m  \u001b[1moffices\u001b[22m\n      \u001b[32m+\u001b[39m from',
  )
  t.match(admitted, '\u001b[32madmitted by rule offices\u001b[39m')
  t.match(away, '\u001b[2mmiss\u001b[22m  offices\n      \u001b[31m-\u001b[39m from')
  t.match(away, '\u001b[31mturned away: redirected to')
})

t.test('replay and coverage have bars', async t => {
  const cwd = openHome(t)
  const env = { NO_COLOR: '1' }
  const replayed = await runOnTerminal(t, ['replay', 'access_log'], { cwd, env })
  if (replayed === undefined) return
  t.match(replayed, /^ {2}newly turned away +3 +1 {2}███▊$/m)
  t.match(replayed, /^ {2}newly admitted +1 +1 {2}█▎$/m)
  t.match(replayed, /^ {2}unchanged +9 +███████████▏ +9 admitted, 0 turned away$/m)
  const people = ['photos', 'coverage', '--people', 'people.csv']
  const covered = await runOnTerminal(t, people, { cwd, env: { ...env, LANG: 'C' } })
  t.equal(
    covered,
    [
      '1 of 3 people of people.csv have a photo (33.3 %)',
      'by domain       with a photo',
      '  b.example           0 of 2    ................',
      '  acme.example        1 of 1    ################',
      'without a photo',
      '  ann@b.example',
      '  kim@b.example',
      '',
    ].join('\n'),
  )
})
