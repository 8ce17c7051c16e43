// GET /metrics. Scrapes at the same time share one reading, so that many of them cost what one does.
import type { AddAdminRoutes } from '../admin.ts'
import type { ShadowFacts } from '../shadow/shadow-report.ts'
import type { EndedRequests } from './ended-requests.ts'
import type { Exposition } from './exposition.ts'
import { expose, watchProcess } from './exposition.ts'
import { buildJournalAge } from './journal-age.ts'

/** Prometheus sends the token as a password of scrapes does: `authorization: { credentials_file: admin.token }`. */
export function buildMetricsRoute(
  requests: EndedRequests,
  findShadow: () => ShadowFacts | undefined = () => undefined,
): AddAdminRoutes {
  watchProcess()
  const journal = buildJournalAge()
  const underWay = new Map<string, Promise<Exposition>>()

  return (admin, tools) => {
    const read = async (accept: string): Promise<Exposition> => {
      const { directory } = tools.sources.live.current.settings.photos
      const journalMs = await journal.find(directory)
      return expose({ ...tools, requests, journalMs, shadow: findShadow() }, accept)
    }
    admin.get('/metrics', async ({ headers }, reply) => {
      const { accept = '' } = headers
      const key = accept.includes('openmetrics') ? accept : ''
      const reading = underWay.get(key) ?? read(accept).finally(() => underWay.delete(key))
      underWay.set(key, reading)
      const { contentType, text } = await reading
      return reply.header('content-type', contentType).send(text)
    })
  }
}
