// What the printed snippets pass on, byte for byte: a server in the gate's place records what it
// receives. The gate itself would ignore more, so here the fronts are tested alone.
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { admitted, frontConfig, fronts, outsider } from '../fixtures/claims.ts'
import { ask } from '../fixtures/client.ts'

/** All headers in which a client could claim an address. */
const claims = {
  'x-forwarded-for': [admitted, admitted],
  x_forwarded_for: admitted,
  'x-real-ip': admitted,
  x_real_ip: admitted,
  forwarded: `for=${admitted}`,
  $wsra: admitted,
  connection: 'close, X-Forwarded-For, X-Real-IP',
}

async function listen(t: Test) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    response.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return { port: (server.address() as AddressInfo).port, requests }
}

/** The headers about the client, each as often as it was received. */
function claimsIn({ rawHeaders }: IncomingMessage): [string, string][] {
  const pairs = rawHeaders
    .flatMap((name, at): [string, string][] =>
      at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1] ?? '']] : [],
    )
    .filter(([name]) => Object.hasOwn(claims, name.replaceAll('_', '-')) || name.includes('_'))
  return pairs.filter(([name]) => name !== 'connection')
}

for (const [name, startFront] of Object.entries(fronts)) {
  for (const clientHeader of ['x-forwarded-for', 'x-real-ip']) {
    t.test(`${name}, by ${clientHeader}`, async t => {
      const gate = await listen(t)
      const front = await startFront(t, { gate, config: frontConfig(clientHeader) })
      if (front === undefined) return

      await t.test("only the front's own header about the client is passed on", async t => {
        await ask(front.port, '/joe@acme.example.jpg', { from: outsider, headers: claims })
        const [request] = gate.requests.splice(0)
        if (request === undefined) throw new Error('no request has come')
        const passed = claimsIn(request)
        // mod_proxy adds X-Forwarded-For beside the configured header.
        const others = passed.filter(([name]) => name !== clientHeader)
        const isApache = front.connections !== undefined
        const extra = isApache && clientHeader !== 'x-forwarded-for'
        t.strictSame(others, extra ? [['x-forwarded-for', outsider]] : [])
        t.strictSame(
          passed.filter(([name]) => name === clientHeader),
          [[clientHeader, outsider]],
        )
        t.notMatch(request.headers.connection ?? '', /forwarded|real/i)
      })

      for (const path of [
        '/joe@acme.example.jpg',
        '/o%27neil%2Bx%40acme.example.jpg',
        "/o'neil+x@acme.example.jpg",
        '/photos%2Fjoe%40acme.example.jpg',
        '/joe%2540acme.example.jpg',
        '/photo?email=o%27neil%2Bx%40acme.example&lastMod=1',
      ]) {
        await t.test(`${path} is passed on unchanged`, async t => {
          await ask(front.port, path, { from: outsider })
          t.strictSame(
            gate.requests.splice(0).map(({ url }) => url),
            [path],
          )
        })
      }
    })
  }
}
