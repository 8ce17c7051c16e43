// Which configuration a command uses. None is an error: in the wrong folder, the built-in rules would be served, and they
// admit every client that sends a cookie.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { GateError } from '../error.ts'

const defaultConfigFile = 'photogate.yaml'
// Names that people use by mistake.
const nearConfigFiles = ['photogate.yml', 'photogate.yaml.txt', 'photogate.json']

export interface ConfigChoice {
  /** The named file. */
  readonly config?: string
  /** A directory of photos. With it, no file is needed, and the built-in cookie rules apply. */
  readonly photos?: string
}

/**
 * The named file, which may be missing, or `photogate.yaml` in the working directory. Undefined, which stands for the
 * built-in configuration, only when photos are named.
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
  'Name the file with --config FILE; for the built-in cookie rules, which admit anybody who sends such a cookie, give --photos DIRECTORY'
