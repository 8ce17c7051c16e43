// When an import last wrote its journal. A folder on a server that does not answer must not hold up /metrics, so the last
// known time is told while a look is under way.
import { stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { journalOf } from '../../photo/import-records.ts'

export interface JournalAge {
  /** Milliseconds since the epoch; undefined when there is no journal, or nothing is known of it yet. */
  find(directory: string): Promise<number | undefined>
}

const patienceMs = 200

export function buildJournalAge(): JournalAge {
  let known: { readonly directory: string; readonly timeMs: number | undefined } | undefined
  let look: Promise<void> | undefined

  async function lookAt(directory: string): Promise<void> {
    const stats = await stat(journalOf(directory)).catch(() => undefined)
    known = { directory, timeMs: stats?.mtimeMs }
    look = undefined
  }

  return {
    find: async directory => {
      look ??= lookAt(directory)
      await Promise.race([look, delay(patienceMs, undefined, { ref: false })])
      return known?.directory === directory ? known.timeMs : undefined
    },
  }
}
