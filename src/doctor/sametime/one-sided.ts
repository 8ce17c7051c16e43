// Diagnoses with nothing in them, or with one thing that is not known.
import type { Diagnosis } from '../finding.ts'

export const nothingSeen: Diagnosis = { findings: [], fine: [], unknown: [] }

export function unknownOnly(said: string): Diagnosis {
  return { ...nothingSeen, unknown: [said] }
}
