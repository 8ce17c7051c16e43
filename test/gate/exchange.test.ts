import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import t from 'tap'
import { beginExchange, connectionOf, exchangeOf } from '../../src/gate/exchange.ts'
import type { GateState } from '../../src/gate/state.ts'

t.test('asking for an exchange that was not begun is a fault of the program', async t => {
  t.throws(() => exchangeOf(new IncomingMessage(new Socket())), {
    message: 'the request was not begun',
  })
})

t.test('a request without method, target or peer can be begun, and names no photo', async t => {
  const request = new IncomingMessage(new Socket())
  delete request.method
  delete request.url
  const exchange = beginExchange(request, {} as GateState)
  t.equal(exchangeOf(request), exchange)
  t.match(exchange, {
    method: '',
    target: { kind: 'photo', address: undefined },
    rule: null,
    bytes: 0,
  })
  t.equal(exchange.connection.peer, undefined)
})

t.test('a connection counts its requests under way', async t => {
  const socket = new Socket()
  beginExchange(new IncomingMessage(socket), {} as GateState)
  beginExchange(new IncomingMessage(socket), {} as GateState)
  t.equal(connectionOf(socket).open, 2)
})
