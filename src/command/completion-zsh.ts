// The completion for zsh, with a description beside each word: one function for each verb.
import type {
  CompletedArgument,
  CompletedOption,
  CompletedValue,
  CompletedVerb,
} from './completion-tree.ts'
import { verbsBelow } from './completion-tree.ts'

export function formatZsh(program: CompletedVerb): string {
  const functions = [...verbsBelow(program)].map(formatFunction)
  return `#compdef photogate
# zsh completion for photogate, made by: photogate completion zsh
${functions.join('\n')}
if [ "$funcstack[1]" = "_photogate" ]; then
  _photogate "$@"
else
  compdef _photogate photogate
fi
`
}

function formatFunction(verb: CompletedVerb): string {
  const { options, verbs, arguments: args } = verb
  const specs = [
    ...options.flatMap(optionSpecs),
    ...(verbs.length > 0 ? [] : args.map(argumentSpec)),
  ]
  const lines = (verbs.length > 0 ? [...specs, quote('1: :->verb'), quote('*:: :->rest')] : specs)
    .map(spec => ` \\\n    ${spec}`)
    .join('')
  const flags = verbs.length > 0 ? ' -C' : ''
  return `
${nameOf(verb)}() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -s${flags}${lines}
${verbs.length > 0 ? formatVerbs(verb) : ''}}
`
}

function formatVerbs({ verbs }: CompletedVerb): string {
  const names = verbs.map(({ path, description }) => quote(`${path.at(-1)}:${description}`))
  const cases = verbs.map(verb => `        ${verb.path.at(-1)}) ${nameOf(verb)} ;;\n`).join('')
  return `  case $state in
    verb)
      local -a verbs=(
        ${names.join('\n        ')}
      )
      _describe -t commands command verbs
      ;;
    rest)
      case $words[1] in
${cases}      esac
      ;;
  esac
`
}

/** `_photogate_photos_list`. */
function nameOf({ path }: CompletedVerb): string {
  return ['_photogate', ...path].join('_')
}

// A spec for each spelling, that leaves out the other one.
function optionSpecs({ flags, description, value, placeholder }: CompletedOption): string[] {
  const others = flags.length > 1 ? `(${flags.join(' ')})` : ''
  return flags.map(flag => {
    const text = `[${description.replace(/[[\]\\]/g, '\\$&')}]`
    if (value === undefined) return quote(`${others}${flag}${text}`)
    const equals = flag.startsWith('--') ? '=' : ''
    return quote(`${others}${flag}${equals}${text}:${placeholder}:${actionOf(value)}`)
  })
}

function argumentSpec({ name, value, isRepeated }: CompletedArgument): string {
  return quote(`${isRepeated ? '*' : ''}:${name}:${actionOf(value)}`)
}

function actionOf(value: CompletedValue): string {
  if (value.kind === 'choices') return `(${value.choices.join(' ')})`
  if (value.kind === 'text') return ' '
  return value.kind === 'file' ? '_files' : '_files -/'
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
