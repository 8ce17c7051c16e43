// What the next configuration would change, for Prometheus: one series for each pair of rules, and none without it.
import type { Test } from 'tap'
import t from 'tap'
import { startAdminGate } from '../../fixtures/admin.ts'

const now = `
proxies: [127.0.0.1]
allow:
  - { name: offices, from: [10.0.0.0/8] }
`
const next = `
proxies: [127.0.0.1]
allow:
  - { name: headquarters, from: [10.1.0.0/16] }
  - { name: branches, from: [172.16.0.0/12] }
`

async function openGate(t: Test, files: Record<string, string>) {
  const shadow = 'next.yaml' in files ? 'shadow: next.yaml' : ''
  const gate = await startAdminGate(t, `${shadow}${now}`, { files })
  const send = (client: string) =>
    gate.ask('/joe@acme.example.jpg', { headers: { 'x-forwarded-for': client } })
  const read = async () => {
    const { body } = await gate.askAdmin('/metrics')
    return body
      .toString()
      .split('\n')
      .filter(line => line.startsWith('photogate_shadow'))
      .sort()
  }
  return { ...gate, send, read }
}

t.test('without a next configuration that can be used there is nothing to say', async t => {
  for (const files of [{}, { 'next.yaml': 'allow: [{ name: open }]' }]) {
    const { send, read } = await openGate(t, files)
    await send('10.1.2.3')
    t.strictSame(await read(), [])
  }
})

t.test('each change is counted by both rules', async t => {
  const { send, read, server, load } = await openGate(t, { 'next.yaml': next })
  // The last one is turned away by both.
  for (const client of ['10.1.2.3', '10.2.0.1', '10.2.0.2', '172.16.0.9', '203.0.113.9'])
    await send(client)
  t.strictSame(await read(), [
    'photogate_shadow_faults_total 0',
    'photogate_shadow_judged_total 5',
    'photogate_shadow_requests_total{change="newly-admitted",rule="turned-away",next="branches"} 1',
    'photogate_shadow_requests_total{change="newly-turned-away",rule="offices",next="turned-away"} 2',
    'photogate_shadow_requests_total{change="other-rule",rule="offices",next="headquarters"} 1',
  ])
  await server.apply(load(`shadow: next.yaml${now}admin: { port: 0, tokenFile: admin.token }`))
  t.match(await read(), ['photogate_shadow_faults_total 0', 'photogate_shadow_judged_total 0'])
})
