// The routes: what is sent for each kind of target once the request has been admitted.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Target } from '../evidence/target.ts'
import type { Photo } from '../photo/photo-store.ts'
import * as answers from './answer.ts'
import type { GuestReports } from './budgeted-photo.ts'
import { buildFindBudgetedPhoto } from './budgeted-photo.ts'
import { exchangeOf } from './exchange.ts'
import { answerPass } from './pass-page.ts'
import { choosePhotoAnswer } from './photo-answer.ts'
import type { Send } from './sender.ts'

/** The route of each kind of target, under names that the gate makes itself and no client chooses. */
export const routes: Record<Target['kind'], string> = {
  photo: '/photo',
  health: '/probe',
  ready: '/probe',
  page: '/page',
  pass: '/pass',
  'bad-encoding': '/bad-encoding',
}

export interface RouteOptions extends GuestReports {
  readonly answer: Send
  onFault(error: unknown): void
}

/** Probes have no route: early-answer.ts answers them. */
export function addRoutes(gate: FastifyInstance, options: RouteOptions): void {
  const { answer, onFault } = options
  const find = buildFindBudgetedPhoto(options)
  const get = (url: string, handler: (request: FastifyRequest, reply: FastifyReply) => void) =>
    gate.route({ method: ['GET', 'HEAD'], url, handler })

  function fail(error: unknown, _: FastifyRequest, reply: FastifyReply): void {
    onFault(error)
    answer(reply, answers.failed, 'error')
  }

  function answerPhoto(
    { raw }: FastifyRequest,
    reply: FastifyReply,
    found: Photo | undefined,
  ): void {
    const exchange = exchangeOf(raw)
    const { response, reason } = choosePhotoAnswer(exchange, raw.headers, found)
    answer(reply, response, reason)
  }

  get(routes.page, (_, reply) => answer(reply, answers.page, 'page'))
  get(routes.pass, ({ raw }, reply) =>
    answer(reply, answerPass(exchangeOf(raw), raw.headers), 'pass'),
  )
  get(routes['bad-encoding'], (_, reply) => answer(reply, answers.badEncoding, 'bad-encoding'))
  get(routes.photo, (request, reply) => {
    const found = find(exchangeOf(request.raw))
    if (!(found instanceof Promise)) return answerPhoto(request, reply, found)
    reply.hijack()
    found
      .then(photo => answerPhoto(request, reply, photo))
      .catch(error => fail(error, request, reply))
  })
  gate.setErrorHandler(fail)
}
