// The completion for bash: one function over tables of the verbs, so that a key press starts no process. Needs nothing
// of the package bash-completion.
import { quotePosix } from '../text/shell-quote.ts'
import type { CompletedValue, CompletedVerb } from './completion-tree.ts'
import { verbsBelow } from './completion-tree.ts'

export function formatBash(program: CompletedVerb): string {
  const verbs = [...verbsBelow(program)]
  const paths = verbs.map(({ path }) => path.join(' ')).filter(path => path !== '')
  return `# bash completion for photogate, made by: photogate completion bash
_photogate() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} verb= longer at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    longer="\${verb:+$verb }\${COMP_WORDS[at]}"
    case $longer in
      ${paths.map(quotePosix).join('|')}) verb=$longer ;;
    esac
  done
  # bash makes three words of --config=FILE.
  if [[ $word == = ]]; then
    word=
  elif [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  case "$verb $previous" in
${verbs.flatMap(valueCases).join('')}  esac
  case $verb in
${verbs.map(wordCase).join('')}  esac
}

_photogate_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
}

_photogate_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word")
}

complete -F _photogate photogate
`
}

/** Behind an option with a value: only that value, or nothing where it cannot be known. */
function valueCases({ path, options }: CompletedVerb): string[] {
  return options.flatMap(({ flags, value }) => {
    if (value === undefined) return []
    const patterns = flags.map(flag => quotePosix(`${path.join(' ')} ${flag}`)).join('|')
    return [`    ${patterns}) ${completeValue(value)}; return ;;\n`]
  })
}

function wordCase(verb: CompletedVerb): string {
  const flags = verb.options.flatMap(option => option.flags).join(' ')
  const own = ownWords(verb)
  return `    ${quotePosix(verb.path.join(' '))}) if [[ $word == -* ]]; then _photogate_words ${quotePosix(flags)}; else ${own}; fi ;;\n`
}

function ownWords({ path, verbs, arguments: [first] }: CompletedVerb): string {
  if (verbs.length > 0) {
    const words = quotePosix(verbs.map(verb => verb.path.at(-1)).join(' '))
    // Behind an unknown word, no verb would be right.
    return `((COMP_CWORD != ${path.length + 1})) || _photogate_words ${words}`
  }
  return completeValue(first?.value ?? { kind: 'text' })
}

function completeValue(value: CompletedValue): string {
  if (value.kind === 'choices') return `_photogate_words ${quotePosix(value.choices.join(' '))}`
  if (value.kind === 'text') return ':'
  return `_photogate_files ${value.kind === 'file' ? '-f' : '-d'}`
}
