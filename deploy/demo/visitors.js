// The demo's visitors: an office, a person who has signed in, a guest who asks for too many people, a stranger. They send
// what such clients send, once, from addresses of this machine. Where it has none but 127.0.0.1, as macOS, those from
// others stay away.
import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

const people = ['ada.lovelace', 'alan.turing', 'edsger.dijkstra', 'joe.bloggs', 'katherine.johnson']
const guest = 'STPluginActivePage=stMeetingroom7'

/** Waits until the demo answers, at most 10 s. `token`: one that the demo's keys vouch for. */
export async function sendVisitors(port, token) {
  if (!(await isServing(port))) return
  const visits = [
    ...people.map(name => [name, '127.0.0.2']),
    ['grace.hopper', '127.0.0.3', `LtpaToken2=${token}`],
    ['ada.lovelace', '127.0.0.3', `LtpaToken2=${token}`],
    ...people.map(name => [name, '127.0.0.5', guest]),
    ['grace.hopper', '127.0.0.5', guest],
    ['ada.lovelace', '127.0.0.6'],
    ['somebody.else', '127.0.0.2'],
  ]
  for (const [name, from, cookie] of visits) {
    await ask({ port, path: `/${name}@acme.example.jpg`, from, cookie })
  }
}

async function isServing(port) {
  for (let tries = 0; tries < 100; tries++) {
    if ((await ask({ port, path: '/-/readyz' })) === 200) return true
    await delay(100)
  }
  return false
}

/** The status; undefined when there was no answer. */
function ask({ port, path, from = '127.0.0.1', cookie }) {
  const headers = { 'user-agent': "the demo's visitor", ...(cookie && { cookie }) }
  return new Promise(resolve => {
    const asking = request({
      host: '127.0.0.1',
      port,
      path,
      headers,
      localAddress: from,
      agent: false,
    })
    asking.on('response', response => {
      response.resume()
      response.on('end', () => resolve(response.statusCode))
    })
    asking.on('error', () => resolve(undefined))
    asking.end()
  })
}
