// An import's options, progress and result. Data only; report.ts words it.
import type { SourceSettings, SupplySettings } from '../../config/supply/settings.ts'
import type { Source } from '../source/source.ts'
import type { Candidates } from './candidates.ts'
import type { ListedSource } from './list-source.ts'
import type { ImportTally } from './outcome.ts'
import type { Removals } from './removals.ts'

export interface ImportProgress {
  /** What is being done: a source's title, or `photos`. */
  readonly stage: string
  readonly done: number
  /** Undefined while it is unknown. */
  readonly total: number | undefined
}

export interface ImportOptions {
  /** The directory that the gate serves; absolute. */
  readonly photos: string
  readonly supply: SupplySettings
  open(settings: SourceSettings, signal?: AbortSignal): Promise<Source>
  /** The id of the only source to ask; undefined: all. */
  readonly only?: string
  /** Removes any number of photos, and believes a source that comes back nearly empty. */
  readonly force?: boolean
  readonly dryRun?: boolean
  readonly nowMs: number
  /** Stops the import. */
  readonly signal: AbortSignal
  onProgress(progress: ImportProgress): void
}

export interface ImportResult {
  readonly sources: readonly ListedSource[]
  readonly conflicts: Candidates['conflicts']
  readonly tally: ImportTally
  readonly removed: readonly string[]
  /** Photos to be removed later; when removals are held, also those that are due now. */
  readonly missing: Removals['missing']
  /** Main addresses of people without a photo. */
  readonly without: readonly string[]
  /** Why photos that are due were not removed. */
  readonly removalsHeld: string | undefined
  /** Nothing at all was written, because more photos are due than may be removed. */
  readonly isStopped: boolean
  /** Stopped before its end. */
  readonly isAborted: boolean
  /** Set when the import stopped itself. */
  readonly abortReason?: string
}
