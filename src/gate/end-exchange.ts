// The end of an exchange: its record goes to the log and to all that counts requests.
import { addressOf, isUnnamed } from '../evidence/target.ts'
import type { AccessSink } from './access-record.ts'
import type { Exchange } from './exchange.ts'
import { peerTextOf } from './exchange.ts'

/** Hands over the record, when the answer is out or the client is gone. */
export function endExchange(exchange: Exchange, sink: AccessSink, isAborted: boolean): void {
  exchange.connection.open--
  const { target, method, timeMs, rule, token, reason, status, bytes } = exchange
  sink.write(
    {
      timeMs,
      client: exchange.client?.text ?? null,
      peer: peerTextOf(exchange.connection),
      tlsKeys: exchange.connection.arrival.tlsKeys,
      method,
      address: addressOf(target) ?? null,
      url: isUnnamed(target) ? exchange.url : undefined,
      status,
      rule,
      token,
      pass: exchange.pass,
      linkRefusal: exchange.linkRefusal,
      reason,
      spentBy: exchange.isOverBudget ? exchange.ledgerEntry?.client : undefined,
      bytes,
      milliseconds: performance.now() - exchange.startedMs,
      userAgent: exchange.userAgent ?? null,
      isAborted,
    },
    exchange,
  )
}
