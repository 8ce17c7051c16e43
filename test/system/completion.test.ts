// The completion for zsh, in a real zsh on a terminal of its own: keys in, the completed line out.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { completionTree } from '../../src/command/completion-tree.ts'
import { formatZsh } from '../../src/command/completion-zsh.ts'
import { buildProgram } from '../../src/command/program.ts'
import { findProgram, makeDirectory } from '../fixtures/process.ts'

// Types each line and Tab, and prints what the line editor has then, between marks.
const typist = String.raw`
zmodload zsh/zpty || exit 3
zpty shell zsh -f -i
zpty -w shell 'PS1= ; PROMPT_SP= ; unsetopt prompt_cr prompt_sp zle_bracketed_paste; fpath=($FOLDER $fpath); autoload -Uz compinit; compinit -u -d $FOLDER/dump'
zpty -w shell 'zstyle ":completion:*" list-prompt ""; LISTMAX=10000; unsetopt auto_list auto_menu'
zpty -w shell 'show() { print -r -- "<<$BUFFER>>"; BUFFER=; zle .reset-prompt }; zle -N show; bindkey "^X" show; cd $FOLDER/home; print READY'
zpty -r -m shell seen '*READY*READY*' || exit 4
while IFS= read -r line; do
  zpty -w -n shell "$line"$'\t\x18'
  zpty -r -m shell seen '*<<*>>*' || exit 5
  answer=\${seen##*<<}
  print -r -- "\${answer%%>>*}"
done
zpty -d shell
`.replaceAll('\\${', '${')

t.test('zsh completes', async t => {
  const zsh = findProgram(t, 'zsh')
  if (zsh === undefined) return
  const folder = makeDirectory(t)
  const home = t.testdir({})
  writeFileSync(join(folder, '_photogate'), formatZsh(completionTree(buildProgram('1.2.3'))))
  t.equal(spawnSync('mkdir', ['-p', join(folder, 'home', 'photos')]).status, 0)
  writeFileSync(join(folder, 'home', 'plan.yaml'), '')
  const rows: readonly (readonly [title: string, typed: string, line: string])[] = [
    ['nothing for an unknown verb', 'photogate xyz', 'photogate xyz'],
    ['a verb', 'photogate ser', 'photogate serve '],
    ['a verb below a verb', 'photogate photos cov', 'photogate photos coverage '],
    ['an option', 'photogate check --js', 'photogate check --json '],
    ['an option below a verb', 'photogate keys new --rea', 'photogate keys new --realm='],
    ['a file behind an option', 'photogate check -c pl', 'photogate check -c plan.yaml '],
    [
      'a folder where one is asked for',
      'photogate serve --photos p',
      'photogate serve --photos photos/',
    ],
    ['an argument that is a file', 'photogate replay pl', 'photogate replay plan.yaml '],
    ['one of a few words', 'photogate snippets ngi', 'photogate snippets nginx '],
  ]
  const { stdout, stderr, status } = spawnSync(zsh, ['-f', '-c', typist], {
    input: `${rows.map(([, typed]) => typed).join('\n')}\n`,
    env: { PATH: process.env.PATH, HOME: home, FOLDER: folder, TERM: 'dumb' },
    encoding: 'utf8',
    timeout: 60_000,
  })
  t.equal(status, 0, stderr)
  const lines = stdout.split('\n')
  for (const [at, [title, , line]] of rows.entries()) t.equal(lines[at], line, title)
})
