// Loads the configuration of a command, with the process's environment, and prints its problems.
import type { Loaded, LoadOptions } from '../config/load.ts'
import { loadConfig } from '../config/load.ts'
import type { Settings } from '../config/settings.ts'
import type { ConfigChoice } from './config-file.ts'
import { findConfigFile } from './config-file.ts'
import type { Output } from './output.ts'
import { noteProblems } from './output.ts'

export type CommandLoadOptions = Omit<LoadOptions, 'file' | 'env'>

/** Loads the chosen configuration. @throws GateError GATE_CONFIG when there is none. */
export function loadChosenConfig(
  choice: ConfigChoice,
  options: CommandLoadOptions = {},
): Loaded & { readonly file: string | undefined } {
  const file = findConfigFile(choice)
  const { photos } = choice
  const loaded = loadConfig({
    env: process.env,
    file,
    allowsPipes: true,
    ...options,
    ...(photos === undefined ? {} : { photos }),
  })
  return { ...loaded, file }
}

/** The settings. Undefined when they have problems; these are printed, and the command ends with `exitCodes.config`. */
export function loadSettings(
  choice: ConfigChoice,
  output: Output,
  options: CommandLoadOptions = {},
): Settings | undefined {
  const { settings, problems } = loadChosenConfig(choice, options)
  if (settings === undefined) noteProblems(output, problems, 'error')
  return settings
}
