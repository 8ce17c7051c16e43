// `photogate doctor`: what is wrong on this machine, worst first, and what to do about it.

import { mergeDiagnoses } from '../doctor/finding.ts'
import { checkConfiguration } from '../doctor/machine/configuration.ts'
import { checkNodeAge } from '../doctor/machine/node-age.ts'
import type { ConfigChoice } from './config-file.ts'
import { tellDiagnosis } from './doctor-report.ts'
import { loadChosenConfig } from './load-settings.ts'
import type { Output } from './output.ts'

export interface DoctorOptions extends ConfigChoice {
  json?: boolean
}

/** @returns 0 without findings, otherwise 1 */
export async function doctor(options: DoctorOptions, output: Output): Promise<number> {
  const loaded = loadChosenConfig(options, { needsPhotos: 'readable' })
  const name = loaded.file ?? 'The built-in configuration'
  const diagnosis = mergeDiagnoses([
    checkConfiguration(name, loaded),
    checkNodeAge(process.versions.node),
  ])
  return tellDiagnosis(diagnosis, options, output)
}
