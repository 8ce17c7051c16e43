// Photos by mail domain, and how many people of each domain have none, as the last import said.
import type { CoverageAnswer } from './answers.ts'
import type { PhotoSearch } from './photo-search.ts'

const maxDomains = 50

export async function answerCoverage(photos: PhotoSearch): Promise<CoverageAnswer> {
  const byDomain = await photos.countDomains()
  const rows = [...byDomain]
    .map(([domain, count]) => ({ domain, photos: count, without: null }))
    .sort((a, b) => b.photos - a.photos || (a.domain < b.domain ? -1 : 1))
  return { rows: rows.slice(0, maxDomains), importedAt: null }
}
