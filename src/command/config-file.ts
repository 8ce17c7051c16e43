// Which configuration a command works on.
import { existsSync } from 'node:fs'

const usualConfigFile = 'photogate.yaml'

/** The file named, else `photogate.yaml` in the working directory if it is there, else undefined: built in. */
export function findConfigFile(named: string | undefined): string | undefined {
  if (named !== undefined) return named
  return existsSync(usualConfigFile) ? usualConfigFile : undefined
}
