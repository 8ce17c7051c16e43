// Which configuration a command works on. None is an error: in the wrong folder the built-in rules would be
// served, which anybody passes who sends a cookie.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { GateError } from '../error.ts'

const defaultConfigFile = 'photogate.yaml'
// Names that people give it, and that are not looked for.
const nearConfigFiles = ['photogate.yml', 'photogate.yaml.txt', 'photogate.json']

export interface ConfigChoice {
  /** The file that is named. */
  readonly config?: string
  /** A directory of photos: who names one can do without a file, and gets the built-in cookie rules. */
  readonly photos?: string
}

/**
 * The file named, else `photogate.yaml` in the working directory; undefined, the built-in configuration, only where
 * photos are named. A file that is named need not be there.
 * @throws GateError GATE_CONFIG
 */
export function findConfigFile({ config, photos }: ConfigChoice): string | undefined {
  if (config !== undefined) return config
  if (existsSync(defaultConfigFile)) return defaultConfigFile
  if (photos !== undefined) return undefined
  const near = nearConfigFiles.find(name => existsSync(name))
  const found = near === undefined ? '' : `; ${near} is there: rename it, or name it with --config`
  const looked = `no configuration: none is named with --config, and there is no ${resolve(defaultConfigFile)}${found}`
  throw new GateError('GATE_CONFIG', `${looked}. ${advice}`)
}

const advice =
  'Name the file with --config FILE; for the built-in cookie rules, which anybody passes who sends such a cookie, say --photos DIRECTORY'
