// Steps of a request that a whole gate cannot show on this Node.js: its parser can be halted, and its tarpit has room.
// Replies are fakes here.
import { EventEmitter } from 'node:events'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import t from 'tap'
import type { Exchange } from '../../src/gate/exchange.ts'
import { beginExchange } from '../../src/gate/exchange.ts'
import type { Judge } from '../../src/gate/judge.ts'
import type { RequestHookOptions } from '../../src/gate/request-hook.ts'
import { buildRequestHook } from '../../src/gate/request-hook.ts'
import type { GateState } from '../../src/gate/state.ts'
import { buildTurns } from '../../src/gate/turns.ts'

function buildRequest(): IncomingMessage {
  const request = new IncomingMessage(new Socket())
  const head = { method: 'GET', url: '/joe@acme.example.jpg', httpVersion: '1.1' }
  return Object.assign(request, head, { rawHeaders: ['Host', 'x'] })
}

function fakeReply(destroyed = false) {
  const calls: string[] = []
  const raw = Object.assign(new EventEmitter(), { destroyed })
  return { calls, reply: { raw, hijack: () => calls.push('hijack') } as unknown as FastifyReply }
}

const refuses: Judge = exchange => {
  exchange.isDirect = true
  return { refusal: 'no-rule', hasUnverified: true }
}

const never = () => {
  throw new Error('must not be called')
}

t.test('without a parser that halts, a request behind a waiting one is not answered', async t => {
  const raw = buildRequest()
  const { connection } = beginExchange(raw, {} as GateState)
  connection.isHeld = true
  const hook = buildRequestHook({ judge: never, answer: never } as unknown as RequestHookOptions)
  const { calls, reply } = fakeReply()
  Reflect.apply(hook, undefined, [{ raw }, reply, never])
  t.strictSame(calls, ['hijack'])
  t.ok(connection.isRefused)
})

function openTurns(exchanges: Exchange[] = []) {
  return buildTurns({
    live: { current: {} as GateState },
    sink: { write: never },
    judge: refuses,
    answer: never,
    takeHeld: never,
    tarpit: {
      isBusy: () => true,
      hold: exchange => {
        exchanges.push(exchange)
        return false
      },
    },
  })
}

t.test('a request for which the tarpit has no room does not wait', async t => {
  const exchanges: Exchange[] = []
  const request = buildRequest()
  t.equal(openTurns(exchanges).mustWait(request), false)
  t.match(exchanges, [{ judgement: { refusal: 'no-rule', hasUnverified: true }, turn: undefined }])
})

t.test('a client that is gone when its turn comes gets no answer', async t => {
  const raw = buildRequest()
  beginExchange(raw, {} as GateState)
  const { calls, reply } = fakeReply(true)
  openTurns().take({ raw } as FastifyRequest, reply, never)
  t.strictSame(calls, ['hijack'])
})
