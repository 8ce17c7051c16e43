// Runs checks side by side, each with a time limit. A check that fails or does not end is not known, and no finding.
import type { Diagnosis } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'

export interface Check {
  /** A few words, for progress and for what is not known: `the ledger`. */
  readonly title: string
  /** It looks at the folder of photos. */
  readonly touchesPhotos?: boolean
  /** `signal` ends what it waits for, when its time is over. */
  look(signal: AbortSignal): Diagnosis | Promise<Diagnosis>
}

export interface RunChecksOptions {
  /** Milliseconds for each check. */
  readonly limitMs: number
  /** Titles of the checks that still run. */
  onProgress?(waiting: readonly string[], all: number): void
}

/** In the order of the checks. Never rejects. */
export async function runChecks(
  checks: readonly Check[],
  { limitMs, onProgress }: RunChecksOptions,
): Promise<Diagnosis[]> {
  const waiting = new Set(checks)
  const tell = () =>
    onProgress?.(
      [...waiting].map(({ title }) => title),
      checks.length,
    )
  tell()
  return Promise.all(
    checks.map(async check => {
      const diagnosis = await runCheck(check, limitMs)
      waiting.delete(check)
      tell()
      return diagnosis
    }),
  )
}

async function runCheck(check: Check, limitMs: number): Promise<Diagnosis> {
  const { title } = check
  const abort = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Diagnosis>(resolve => {
    timer = setTimeout(() => {
      const text = `${capital(title)}: no answer within ${Math.round(limitMs / 100) / 10} s.`
      resolve(diagnosisOf({ unknown: [text] }))
    }, limitMs)
  })
  try {
    // Later, so that one that is slow to begin delays no other's limit.
    const looking = Promise.resolve().then(() => check.look(abort.signal))
    return await Promise.race([looking, late])
  } catch (error) {
    const text = `${capital(title)} could not be looked at: ${(error as Error).message}.`
    return diagnosisOf({ unknown: [text] })
  } finally {
    clearTimeout(timer)
    abort.abort()
  }
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
