// What a check says that has nothing to say.
import type { Diagnosis } from '../finding.ts'

export const nothing: Diagnosis = { findings: [], fine: [], unknown: [] }
