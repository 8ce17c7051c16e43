// Loads the photo supply of a configuration, for the commands that need one.

import { formatProblem } from '../config/document/problem.ts'
import type { LoadOptions } from '../config/load.ts'
import type { SupplySettings } from '../config/supply/settings.ts'
import { GateError } from '../error.ts'
import type { ConfigChoice } from './config-file.ts'
import { loadChosenConfig } from './load-settings.ts'
import type { Output } from './output.ts'
import { noteProblems } from './output.ts'

export interface LoadedSupply {
  /** The configuration's file. */
  readonly file: string
  /** The directory that the gate serves, as an absolute path. */
  readonly photos: string
  readonly supply: SupplySettings
}

/** Prints warnings about the supply, unless `isQuiet`. @throws GateError GATE_SUPPLY */
export function loadSupply(
  choice: ConfigChoice,
  output: Output,
  { isQuiet = false, needsPhotos = true }: { isQuiet?: boolean; needsPhotos?: boolean } = {},
): LoadedSupply {
  const options = { looksAtSources: false, isQuiet, needsPhotos }
  const { file, photos, supply } = loadPhotos(choice, output, options)
  if (file !== undefined && supply !== undefined) return { file, photos, supply }
  const place = file ?? 'the built-in configuration'
  const advice = 'add supply: { sources: [{ folder: drop }] }, and name the file with --config'
  throw new GateError('GATE_SUPPLY', `${place} does not say where photos come from; ${advice}`)
}

/** The same for commands that do not need a supply. */
export function loadPhotos(
  choice: ConfigChoice,
  output: Output,
  {
    isQuiet = false,
    ...options
  }: Pick<LoadOptions, 'looksAtSources' | 'needsPhotos'> & { isQuiet?: boolean } = {},
) {
  const { file, settings, problems, warnings } = loadChosenConfig(choice, options)
  if (settings === undefined) {
    noteProblems(output, problems, 'error')
    throw new GateError('GATE_SUPPLY', 'the configuration has problems')
  }
  for (const warning of warnings) {
    if (!isQuiet && warning.path.startsWith('supply')) output.note(formatProblem(warning))
  }
  return { file, photos: settings.photos.directory, supply: settings.supply }
}
