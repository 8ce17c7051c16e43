// What is answered before any rule is asked: what is not HTTP/1, what two servers could read in two ways, other
// methods, bodies, and the probes of load balancers.
import type { IncomingMessage } from 'node:http'
import type { Reason } from './access-log.ts'
import type { Answer } from './answer.ts'
import * as answers from './answer.ts'
import { hasContent } from './pipelines.ts'
import type { Visit } from './visit.ts'

export interface EarlyAnswer {
  readonly answer: Answer
  readonly reason: Reason
  /** The connection ends with it: what follows is not looked at. */
  readonly isLast: boolean
}

/** Fields that a request may have; Apache and IHS have a limit of 100 (LimitRequestFields). */
export const maxFields = 256

const notHttp: EarlyAnswer = { answer: answers.notHttp, reason: 'bad-request', isLast: true }
const manyFields: EarlyAnswer = { answer: answers.manyFields, reason: 'bad-request', isLast: true }
const hostMissing: EarlyAnswer = {
  answer: answers.hostMissing,
  reason: 'bad-request',
  isLast: true,
}
const manyHosts: EarlyAnswer = { answer: answers.manyHosts, reason: 'bad-request', isLast: true }
const healthy: EarlyAnswer = { answer: answers.healthy, reason: 'health', isLast: false }
const ready: EarlyAnswer = { answer: answers.ready, reason: 'ready', isLast: false }
const notReady: EarlyAnswer = { answer: answers.notReady, reason: 'not-ready', isLast: false }
const method: EarlyAnswer = { answer: answers.methodRefused, reason: 'method', isLast: false }
const methodWithBody: EarlyAnswer = {
  answer: answers.methodRefusedClosing,
  reason: 'method',
  isLast: true,
}
const body: EarlyAnswer = { answer: answers.bodyRefused, reason: 'body', isLast: true }

/** Undefined: it is a GET or HEAD of something else than a probe, and to be judged. */
export function findEarlyAnswer(visit: Visit, request: IncomingMessage): EarlyAnswer | undefined {
  const { rawHeaders } = request
  if (!visit.isHttp) return notHttp
  if (rawHeaders.length > 2 * maxFields) return manyFields
  // RFC 9112 section 3.2.
  const hosts = countHosts(rawHeaders)
  if (hosts > 1) return manyHosts
  if (hosts === 0 && request.httpVersion === '1.1') return hostMissing
  const hasBody = hasContent(request)
  if (visit.method !== 'GET' && visit.method !== 'HEAD') {
    if (hasBody) return methodWithBody
    // HAProxy's health checks ask so unless told otherwise.
    return (visit.method === 'OPTIONS' && findProbeAnswer(visit)) || method
  }
  // What follows an unread body could be taken for a request (CVE-2023-25690 and its kin).
  return hasBody ? body : findProbeAnswer(visit)
}

function findProbeAnswer({ target, state }: Visit): EarlyAnswer | undefined {
  if (target.kind === 'health') return healthy
  if (target.kind !== 'ready') return undefined
  return state.library.isReady ? ready : notReady
}

function countHosts(rawHeaders: readonly string[]): number {
  let count = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  return count
}
