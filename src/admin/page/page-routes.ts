// The routes of the page: its files, what it asks for in JSON, previews of photos, and its event stream. The guard stands
// before all of them.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { placeholder } from '../../photo/placeholder.ts'
import type { AdminTools } from '../admin.ts'
import type { DecisionLog } from '../decision/decision-log.ts'
import type { History } from '../decision/history.ts'
import type { ShadowReport } from '../shadow/shadow-report.ts'
import type { ImportsAnswer } from './answers.ts'
import { whatIfCookieHeader } from './answers.ts'
import type { Assets } from './assets.ts'
import { answerCoverage } from './coverage-answer.ts'
import { answerCredentials } from './credentials-answer.ts'
import { answerDecision, answerDecisions } from './decisions-answer.ts'
import { cacheHistory } from './history-answer.ts'
import type { PhotoSearch } from './photo-search.ts'
import type { QueryValues } from './question.ts'
import { QuestionError, readDecisionQuery, readNumber, readSpan, readText } from './question.ts'
import { answerRules } from './rules-answer.ts'
import { answerShadow } from './shadow-answer.ts'
import { answerStatus } from './status-answer.ts'
import { answerWhatIf } from './what-if.ts'

export interface AdminPageParts {
  readonly history: History
  readonly log: DecisionLog
  readonly photos: PhotoSearch
  readonly shadow: ShadowReport
  readonly assets: Assets
  readonly now: () => number
}

const maxRows = 200
const defaultRows = 50

export function addPageRoutes(
  admin: FastifyInstance,
  tools: AdminTools,
  parts: AdminPageParts,
): void {
  addAssets(admin, parts.assets)
  addQuestions(admin, tools, parts)
  addPreview(admin, tools)
  admin.get('/api/events', (request, reply) => {
    tools.streams.open(request, reply)
    // Sorted before somebody turns to the photos.
    void parts.photos.find({ words: '', offset: 0, limit: 0 })
  })
}

function addAssets(admin: FastifyInstance, assets: Assets): void {
  const send = (name: string) => (request: FastifyRequest, reply: FastifyReply) => {
    const asset = assets.get(name)
    if (asset === undefined) return reply.callNotFound()
    // Another version of the program may have another page: the browser asks each time.
    void reply.header('cache-control', 'no-cache').header('etag', asset.etag)
    if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send()
    return reply.type(asset.type).send(asset.bytes)
  }
  admin.get('/', send('index.html'))
  for (const name of assets.keys())
    if (name !== 'index.html') admin.get(`/assets/${name}`, send(name))
}

type AnswerQuery = (query: QueryValues, request: FastifyRequest) => unknown

function addQuestions(admin: FastifyInstance, tools: AdminTools, parts: AdminPageParts): void {
  const { sources } = tools
  const { history, log, photos, now } = parts
  const settings = () => sources.live.current.settings

  function ask(path: string, answer: AnswerQuery): void {
    admin.get(path, async (request, reply) => {
      try {
        const value = await answer(request.query as QueryValues, request)
        return value === undefined ? reply.callNotFound() : reply.send(value)
      } catch (error) {
        if (!(error instanceof QuestionError)) throw error
        return reply.code(400).send(error.answer)
      }
    })
  }

  ask('/api/status', () => answerStatus(tools, { history, nowMs: now() }))
  const answer = cacheHistory(history, now)
  ask('/api/history', query => answer(readSpan(query), settings().policy))
  ask('/api/decisions', query => {
    const before = readNumber(query, 'before', {
      max: Number.MAX_SAFE_INTEGER,
      otherwise: log.lastId + 1,
    })
    const limit = readNumber(query, 'limit', { max: maxRows, otherwise: defaultRows })
    return answerDecisions(log.find(readDecisionQuery(query), limit, before))
  })
  ask('/api/decisions/:id', (_, { params }) => {
    const { id } = params as { readonly id: string }
    return /^\d{1,15}$/.test(id) ? answerDecision(log, Number(id), settings()) : undefined
  })
  ask('/api/what-if', (query, { headers }) =>
    answerWhatIf(
      sources.live.current,
      {
        client: readText(query, 'client').trim(),
        cookie: readCookie(headers[whatIfCookieHeader]),
        photo: readText(query, 'photo').trim(),
      },
      now(),
    ),
  )
  ask('/api/rules', () =>
    answerRules(history, settings(), { nowMs: now(), startedMs: sources.startedMs }),
  )
  ask('/api/photos', async query => {
    const { library } = sources.live.current
    const found = await photos.find({
      words: readText(query, 'words'),
      offset: readNumber(query, 'offset', { max: 10_000_000, otherwise: 0 }),
      limit: readNumber(query, 'limit', { max: maxRows, otherwise: defaultRows }),
    })
    const { directory } = settings().photos
    return { ...found, unserved: library.unserved, isScanned: library.isScanned, directory }
  })
  ask('/api/shadow', () => answerShadow(settings(), parts.shadow.facts))
  ask('/api/coverage', () => answerCoverage(photos, sources.imports))
  ask('/api/credentials', () => answerCredentials(settings(), now()))
  ask('/api/imports', (): ImportsAnswer => {
    return { ...sources.imports, isConfigured: settings().supply !== undefined }
  })
}

// A browser's header has ASCII only.
function readCookie(header: string | string[] | undefined): string {
  try {
    return decodeURIComponent(typeof header === 'string' ? header : '').trim()
  } catch {
    throw new QuestionError('cookie', 'has broken percent-encoding')
  }
}

/** A photo by its address, whatever the rules say: who may see this page may see every photo. */
function addPreview(admin: FastifyInstance, { sources }: AdminTools): void {
  admin.get('/photo', async (request, reply) => {
    const { address } = request.query as QueryValues
    // A silhouette for a file that turns out to be broken: the page says so in words.
    const photo = (await sources.live.current.library.find(String(address))) ?? placeholder
    return reply.type(photo.type).send(photo.bytes)
  })
}
