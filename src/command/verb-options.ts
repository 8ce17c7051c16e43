// What the verbs of the program have in common: options, and how a verb's end becomes the process's.
import { InvalidArgumentError, Option } from 'commander'

export const configOption = () =>
  new Option(
    '-c, --config <file>',
    'the configuration; else ./photogate.yaml; without one nothing is done',
  )
export const photosOption = () =>
  new Option(
    '--photos <directory>',
    'the directory of photos; without a configuration, with the built-in cookie rules',
  ).argParser(parseDirectory)

/** A verb's exit code becomes the process's; undefined means that it goes on running. */
export function run<Options>(
  verb: (options: Options) => number | undefined | Promise<number | undefined>,
) {
  return async (options: Options) => {
    const exitCode = await verb(options)
    if (exitCode !== undefined) process.exitCode = exitCode
  }
}

// An unset variable of a script would else be the working directory.
function parseDirectory(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('Name a directory.')
}
