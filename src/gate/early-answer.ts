// What is answered before any rule is asked: what is not HTTP/1, what two servers could read in two ways, other
// methods, bodies, and the probes of load balancers.
import type { IncomingMessage } from 'node:http'
import type { Reason } from './access-log.ts'
import type { Answer } from './answer.ts'
import * as answers from './answer.ts'
import type { Exchange } from './exchange.ts'
import { hasContent } from './protocol.ts'

export interface EarlyAnswer {
  readonly answer: Answer
  readonly reason: Reason
  /** The connection ends with it: what follows is not looked at. */
  readonly isLast: boolean
}

/** Fields that a request may have; Apache and IHS have a limit of 100 (LimitRequestFields). */
export const maxFields = 256

// Made once: an answer that ends its connection, and one that leaves it open.
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

/** Undefined: it is a GET or HEAD of something else than a probe, and to be judged. */
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
    // HAProxy's health checks ask so unless told otherwise.
    return (exchange.method === 'OPTIONS' && findProbeAnswer(exchange)) || method
  }
  // What follows an unread body could be taken for a request (CVE-2023-25690 and its kin).
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
