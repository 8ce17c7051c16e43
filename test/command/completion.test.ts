// The completion for bash, asked in a real bash as its own key press asks it. zsh: test/system/completion.test.ts.
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { formatBash } from '../../src/command/completion-bash.ts'
import { completionTree, verbsBelow } from '../../src/command/completion-tree.ts'
import { buildProgram } from '../../src/command/program.ts'
import { runCommandLine } from '../fixtures/command-line.ts'

const tree = completionTree(buildProgram('1.2.3'))
const script = formatBash(tree)

/** The words that bash would offer for the last of these. */
function complete(words: readonly string[], cwd?: string): string[] {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is bash's.
  const print = 'printf "%s\\n" "${COMPREPLY[@]}"'
  const ask = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _photogate; ${print}`
  const { stdout, stderr, status } = spawnSync(
    'bash',
    ['--norc', '-c', `${script}\n${ask}`, 'bash', 'photogate', ...words],
    { cwd, encoding: 'utf8' },
  )
  if (stderr !== '' || status !== 0) throw new Error(`bash ended with ${status}: ${stderr}`)
  return stdout.split('\n').filter(word => word !== '')
}

t.test('the verb prints the completion, and refuses other shells', async t => {
  t.equal((await runCommandLine(['completion', 'bash'])).stdout, script)
  t.match(await runCommandLine(['completion', 'zsh']), { code: 0, stdout: /^#compdef photogate\n/ })
  t.match(await runCommandLine(['completion', 'fish']), {
    code: 2,
    stderr: /Allowed choices are bash, zsh/,
  })
})

t.test('a key press completes', async t => {
  const cwd = t.testdir({
    'photogate.yaml': '',
    'photos of all': { 'a.jpg': '' },
    'plan b.yaml': '',
  })
  const rows: readonly (readonly [title: string, words: string[], offered: string[]])[] = [
    ['nothing behind a value that only the reader knows', ['serve', '--port', ''], []],
    ['nothing for an unknown verb', ['srve', ''], []],
    ['a verb', ['se'], ['serve']],
    ['a verb below a verb', ['photos', 'co'], ['coverage']],
    ['an option', ['check', '--js'], ['--json']],
    ['an option of a verb below a verb', ['keys', 'new', '--re'], ['--realm']],
    ['a file behind an option', ['check', '-c', 'plan'], ['plan b.yaml']],
    ['a file behind =', ['check', '--config', '=', 'photogate'], ['photogate.yaml']],
    ['a file right behind =', ['serve', '--photos', '='], ['photos of all']],
    ['only folders where one is asked for', ['serve', '--photos', 'p'], ['photos of all']],
    ['an argument that is a file', ['check', 'photog'], ['photogate.yaml']],
    ['one of a few words', ['snippets', 'ng'], ['nginx']],
    ['an option behind an option with its value', ['check', '-c', 'x.yaml', '--j'], ['--json']],
  ]
  for (const [title, words, offered] of rows) {
    await t.test(title, async t => t.strictSame(complete(words, cwd), offered))
  }
})

t.test('each verb offers all its options, and each verb below it', async t => {
  const verbs = [...verbsBelow(tree)]
  t.ok(verbs.length > 20)
  for (const { path, options, verbs: below } of verbs) {
    await t.test(path.join(' ') || 'photogate', async t => {
      const flags = options.flatMap(option => option.flags)
      t.strictSame(complete([...path, '-']), flags)
      t.ok(flags.includes('--help'))
      if (below.length === 0) return
      t.strictSame(
        complete([...path, '']),
        below.map(verb => verb.path.at(-1)),
      )
    })
  }
})
