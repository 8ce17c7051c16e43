// The routes by which the page changes something: reload, import now, forget a budget. The guard lets a POST come here only
// from somebody who has signed in, with the token against CSRF. Each is a line of the log that says who asked.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ledgerClientOf } from '../../policy/budget.ts'
import type { AdminActions } from '../actions.ts'
import { siteOfClient } from '../reader.ts'
import type { ForgetAnswer, ImportNowAnswer, ProblemAnswer } from './answers.ts'

/** For the log. */
export interface ActionLog {
  info(details: Record<string, unknown>, message: string): void
  warn(details: Record<string, unknown>, message: string): void
}

const maxText = 500

export function addActions(admin: FastifyInstance, actions: AdminActions, log: ActionLog): void {
  admin.post('/api/reload', async (request, reply) => {
    log.info({ client: siteOfClient(request) }, 'a reload was asked for on the admin page')
    return reply.send(await actions.reload())
  })
  admin.post('/api/import', async (request, reply) => {
    const outcome = actions.importNow()
    const details = { client: siteOfClient(request), outcome }
    log.info(details, 'an import was asked for on the admin page')
    return reply.send({ outcome } satisfies ImportNowAnswer)
  })
  admin.post('/api/forget-budget', async (request, reply) => {
    const { rule, client } = (request.body ?? {}) as Readonly<Record<string, unknown>>
    if (!isText(rule)) return refuse(reply, 'rule', 'is missing; name the rule with the budget')
    if (!isText(client)) {
      return refuse(reply, 'client', 'is missing; write an address, or what a decision shows')
    }
    return forget(request, reply, { actions, log, account: { rule, client: client.trim() } })
  })
}

interface Forgotten {
  readonly actions: AdminActions
  readonly log: ActionLog
  readonly account: { readonly rule: string; readonly client: string }
}

async function forget(
  request: FastifyRequest,
  reply: FastifyReply,
  { actions, log, account: { rule, client: named } }: Forgotten,
): Promise<FastifyReply> {
  const spentBy = ledgerClientOf(named)
  const outcome = await actions.forgetBudget({ rule, client: spentBy })
  const details = { client: siteOfClient(request), rule, spentBy, outcome }
  log.warn(details, 'a budget was to be forgotten, as asked for on the admin page')
  return reply.send({ outcome, client: spentBy } satisfies ForgetAnswer)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= maxText
}

function refuse(reply: FastifyReply, field: string, problem: string): FastifyReply {
  return reply.code(400).send({ field, problem } satisfies ProblemAnswer)
}
