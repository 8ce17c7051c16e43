// What the verbs of the program share: options, loading a verb's module when it is run, and the end of its help.
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { exitCodes } from '../error.ts'

export const configOption = () =>
  new Option(
    '-c, --config <file>',
    'the configuration; without this option ./photogate.yaml, and an error if that is missing',
  )

export const photosOption = () =>
  new Option(
    '--photos <directory>',
    'the directory of photos; without a configuration, with the built-in cookie rules',
  ).argParser(parseDirectory)

export const jsonOption = () => new Option('--json', 'print JSON, for scripts')

export const htmlOption = () =>
  new Option(
    '--html <file>',
    'also write a page to mail to a colleague: one file that needs nothing else; replaces an earlier one',
  )

/** An exit code ends the process; undefined: the verb goes on running. */
type End = number | undefined | Promise<number | undefined>

/**
 * The action of a verb. Its module is loaded when the verb is run, because no verb should pay for what the others need.
 * @param call gets the module, and what Commander hands to an action.
 */
export function lazy<Module, Args extends readonly unknown[]>(
  load: () => Promise<Module>,
  call: (module: Module, ...args: Args) => End,
): (...args: Args) => Promise<void> {
  return async (...args) => {
    const exitCode = await call(await load(), ...args)
    if (exitCode !== undefined) process.exitCode = exitCode
  }
}

export interface HelpEnd {
  /** What 0 says. */
  readonly fine: string
  /** What 1 says; undefined: the verb never ends with 1. */
  readonly findings?: string
  /** What 70 says, where it is more than a fault. */
  readonly other?: string
  /** What 78 says, where it is something else. */
  readonly config?: string
  /** Pairs of a command line without the program's name, and what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[]
}

/** Adds what every help ends with: the exit status and examples. */
export function endHelp(command: Command, end: HelpEnd): Command {
  const { fine, findings, other, config, examples } = end
  const statuses = [
    [exitCodes.fine, fine],
    ...(findings === undefined ? [] : [[exitCodes.findings, findings]]),
    [exitCodes.usage, 'the command line is wrong'],
    [exitCodes.other, other ?? 'anything else'],
    [exitCodes.config, config ?? 'the configuration, or a key file, cannot be used'],
  ]
  const lines = statuses.map(([code, text]) => `  ${String(code).padEnd(3)} ${text}`)
  const shown = examples.map(([line, does]) => `  photogate ${line}\n      ${does}`)
  const text = ['', 'Exit status:', ...lines, '', 'Examples:', ...shown].join('\n')
  return command.addHelpText('after', text)
}

// A script's variable that is not set would otherwise name the working directory.
export function parseDirectory(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('Name a directory.')
}

/** For options that may be repeated. */
export function collect(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}
