// A source with a time limit on every wait. When the import is stopped or the time is over, the wait ends and the
// source's own work is abandoned. Knows no kind of source.
import type { Fetched, Person, Source } from './source.ts'
import { SourceError } from './source.ts'

export interface Bounds {
  /** Ends all waits. */
  readonly signal: AbortSignal
  /** For opening, and again for listing everybody, in milliseconds. */
  readonly listMs: number
  /** How long a photo that is on its way may still take when the import is stopped, in milliseconds. */
  readonly graceMs?: number
}

// Longer than all tries of a source together.
const maxFetchMs = 15 * 60_000
const maxCloseMs = 300
const defaultGraceMs = 800

/** @throws SourceError */
export async function openBounded(
  open: (signal: AbortSignal) => Promise<Source>,
  bounds: Bounds,
): Promise<Source> {
  const abandonment = new AbortController()
  const opening = open(abandonment.signal)
  // A source that opens too late is closed.
  const closeLate = () => void opening.then(source => source.close()).catch(() => undefined)
  let source: Source
  try {
    source = await wait(opening, bounds, { ms: bounds.listMs, what: 'opened' })
  } catch (error) {
    abandonment.abort()
    closeLate()
    throw error
  }
  return boundSource(source, bounds)
}

function boundSource(source: Source, bounds: Bounds): Source {
  const { fetchOthers } = source
  const fetching = { ms: maxFetchMs, what: 'given', scope: 'person' } as const
  return {
    parallel: source.parallel,
    async *list() {
      const endMs = performance.now() + bounds.listMs
      const listed = source.list()[Symbol.asyncIterator]()
      for (;;) {
        const ms = Math.max(0, endMs - performance.now())
        const next = await wait(listed.next(), bounds, { ms, what: 'listed' })
        if (next.done) return
        yield next.value
      }
    },
    fetch: (person: Person, known): Promise<Fetched> =>
      wait(source.fetch(person, known), bounds, fetching),
    ...(fetchOthers !== undefined && {
      fetchOthers: (person: Person) => wait(fetchOthers(person), bounds, fetching),
    }),
    close: async () => {
      // The timer is referenced: otherwise the process could end here without a report.
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>(resolve => {
        timer = setTimeout(resolve, maxCloseMs)
      })
      await Promise.race([source.close().catch(() => undefined), late])
      clearTimeout(timer)
    },
  }
}

interface Limit {
  readonly ms: number
  readonly what: string
  readonly scope?: 'source' | 'person'
}

async function wait<T>(
  work: Promise<T>,
  { signal, graceMs = defaultGraceMs }: Bounds,
  { ms, what, scope = 'source' }: Limit,
): Promise<T> {
  // The wait may be over when the work fails.
  work.catch(() => undefined)
  let timer: NodeJS.Timeout | undefined
  let stop = () => {}
  const ended = new Promise<never>((_, reject) => {
    const refuse = () => reject(new SourceError('source', 'the import was stopped'))
    stop = () => {
      clearTimeout(timer)
      if (scope === 'person') timer = setTimeout(refuse, graceMs)
      else refuse()
    }
    const limit = ms < 120_000 ? `${Math.ceil(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`
    const late = `nothing was ${what} within ${limit}; is it up?`
    timer = setTimeout(() => reject(new SourceError(scope, late)), Math.min(ms, 2 ** 31 - 1))
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
  })
  try {
    return await Promise.race([work, ended])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
