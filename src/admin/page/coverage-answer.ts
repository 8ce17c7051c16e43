// Photos by mail domain, and how many people of each domain have none, as the last import said that could list everybody.
// After a restart that is not known until the next import.
import type { ImportFacts } from '../sources.ts'
import { maxWithoutDomains } from '../sources.ts'
import type { CoverageAnswer } from './answers.ts'
import type { PhotoSearch } from './photo-search.ts'

const maxDomains = 50

export async function answerCoverage(
  photos: Pick<PhotoSearch, 'countDomains'>,
  { ended }: Pick<ImportFacts, 'ended'>,
): Promise<CoverageAnswer> {
  const last = ended.findLast(({ withoutByDomain }) => withoutByDomain !== undefined)
  const told = last?.withoutByDomain ?? []
  const without = new Map(told)
  // Of a domain behind the last one told, nothing is known.
  const otherwise = last === undefined || told.length >= maxWithoutDomains ? null : 0
  const byDomain = new Map([
    ...told.map(([domain]) => [domain, 0] as const),
    ...(await photos.countDomains()),
  ])
  const rows = [...byDomain]
    .map(([domain, count]) => ({
      domain,
      photos: count,
      without: without.get(domain) ?? otherwise,
    }))
    .sort((a, b) => sizeOf(b) - sizeOf(a) || (a.domain < b.domain ? -1 : 1))
  const importedAt = last === undefined ? null : new Date(last.endedMs).toISOString()
  return { rows: rows.slice(0, maxDomains), importedAt }
}

function sizeOf({ photos, without }: { photos: number; without: number | null }): number {
  return photos + (without ?? 0)
}
