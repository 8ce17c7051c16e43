// Answers that need no rule: to requests that are not HTTP/1 or that two servers could read differently, to methods
// other than GET and HEAD, to requests with a body, and to the probes of load balancers.
import type { IncomingMessage } from 'node:http'
import type { Reason } from './access-record.ts'
import type { Answer } from './answer.ts'
import * as answers from './answer.ts'
import type { Exchange } from './exchange.ts'
import { hasContent } from './protocol.ts'

export interface EarlyAnswer {
  readonly answer: Answer
  readonly reason: Reason
  /** The answer closes the connection; nothing behind it is read. */
  readonly isLast: boolean
}

/** At most this many header fields in a request. Apache and IHS allow 100 (LimitRequestFields). */
export const maxFields = 256

// Made once. `refuse` closes the connection, `tell` leaves it open.
const refuse = (answer: Answer, reason: Reason): EarlyAnswer => ({ answer, reason, isLast: true })
const tell = (answer: Answer, reason: Reason): EarlyAnswer => ({ answer, reason, isLast: false })

const notHttp = refuse(answers.notHttp, 'bad-request')
const manyFields = refuse(answers.manyFields, 'bad-request')
const hostMissing = refuse(answers.hostMissing, 'bad-request')
const manyHosts = refuse(answers.manyHosts, 'bad-request')
const methodWithBody = refuse(answers.methodRefusedClosing, 'method')
const body = refuse(answers.bodyRefused, 'body')
const method = tell(answers.methodRefused, 'method')
const healthy = tell(answers.healthy, 'health')
const ready = tell(answers.ready, 'ready')
const notReady = tell(answers.notReady, 'not-ready')

/** Undefined for a GET or HEAD that is not a probe: the rules decide. */
export function findEarlyAnswer(
  exchange: Exchange,
  request: IncomingMessage,
): EarlyAnswer | undefined {
  const { rawHeaders } = request
  if (!exchange.isHttp) return notHttp
  if (rawHeaders.length > 2 * maxFields) return manyFields
  // RFC 9112 section 3.2.
  const hosts = countHosts(rawHeaders)
  if (hosts > 1) return manyHosts
  if (hosts === 0 && request.httpVersion === '1.1') return hostMissing
  const hasBody = hasContent(request)
  if (exchange.method !== 'GET' && exchange.method !== 'HEAD') {
    if (hasBody) return methodWithBody
    // HAProxy's health checks use OPTIONS by default.
    return (exchange.method === 'OPTIONS' && findProbeAnswer(exchange)) || method
  }
  // Bytes of an unread body could be read as a request (request smuggling, such as CVE-2023-25690).
  return hasBody ? body : findProbeAnswer(exchange)
}

function findProbeAnswer({ target, state }: Exchange): EarlyAnswer | undefined {
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
