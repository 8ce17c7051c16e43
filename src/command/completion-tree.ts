// What a shell can complete, read from the program's own verbs: names, options, and which values are files. Knows no
// shell.
import type { Argument, Command, Option } from 'commander'

export type CompletedValue =
  | { readonly kind: 'file' | 'directory' | 'text' }
  | { readonly kind: 'choices'; readonly choices: readonly string[] }

export interface CompletedOption {
  /** `-c`, `--config`. */
  readonly flags: readonly string[]
  readonly description: string
  /** Undefined: the option takes none. */
  readonly value: CompletedValue | undefined
  /** The name of the value, such as `file`. */
  readonly placeholder: string
}

export interface CompletedArgument {
  readonly name: string
  readonly value: CompletedValue
  readonly isRepeated: boolean
}

export interface CompletedVerb {
  /** `['photos', 'list']`; empty for the program itself. */
  readonly path: readonly string[]
  readonly description: string
  readonly verbs: readonly CompletedVerb[]
  readonly options: readonly CompletedOption[]
  readonly arguments: readonly CompletedArgument[]
}

/** The program and all its verbs. Hidden options are left out. */
export function completionTree(command: Command, path: readonly string[] = []): CompletedVerb {
  const help = command.createHelp()
  return {
    path,
    description: command.description(),
    verbs: command.commands.map(verb => completionTree(verb, [...path, verb.name()])),
    options: help.visibleOptions(command).map(describeOption),
    arguments: command.registeredArguments.map(describeArgument),
  }
}

/** The verb, and all verbs below it. */
export function* verbsBelow(verb: CompletedVerb): Generator<CompletedVerb> {
  yield verb
  for (const below of verb.verbs) yield* verbsBelow(below)
}

function describeOption(option: Option): CompletedOption {
  const [, name] = /[<[](.+?)(?:\.\.\.)?[>\]]/.exec(option.flags) ?? []
  return {
    flags: [option.short, option.long].filter(flag => flag != null),
    description: option.description,
    value: name === undefined ? undefined : completedValue(name, option.argChoices),
    placeholder: name ?? '',
  }
}

function describeArgument(argument: Argument): CompletedArgument {
  const name = argument.name()
  return { name, value: completedValue(name, argument.argChoices), isRepeated: argument.variadic }
}

const fileNames = ['file', 'files', 'log', 'httpd.conf']

function completedValue(name: string, choices: readonly string[] | undefined): CompletedValue {
  if (choices !== undefined) return { kind: 'choices', choices }
  if (fileNames.includes(name)) return { kind: 'file' }
  return { kind: name === 'directory' ? 'directory' : 'text' }
}
