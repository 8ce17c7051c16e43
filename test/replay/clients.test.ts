import t from 'tap'
import { buildNetworkSet, parseNetwork } from '../../src/policy/network-set.ts'
import { buildClients } from '../../src/replay/clients.ts'
import { openConfigHome } from '../fixtures/config.ts'

const home = openConfigHome(t)
const policyOf = (from: string) =>
  home.settings(`networks: { offices: [10.0.0.0/8], lab: [10.1.0.0/16] }
allow:
  - { name: signed-in, cookie: LtpaToken2 }
  - { name: near, from: ${from} }
`).policy

t.test(
  'a client belongs to the network that a rule names, or otherwise to its /24 or /64',
  async t => {
    const clients = buildClients({
      policies: [policyOf('[offices, 192.0.2.10-192.0.2.20]'), policyOf('[lab, 172.16.0.0/12]')],
      proxies: [],
    })
    const rows: [string, string][] = [
      ['10.1.2.3', 'offices'],
      ['::ffff:10.1.2.3', 'offices'],
      ['172.16.1.1', '172.16.0.0/12 (before)'],
      ['192.0.2.15', '192.0.2.10-192.0.2.20'],
      ['192.0.2.21', '192.0.2.0/24'],
      ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1::/64'],
      ['pc7.acme.example', '(host names)'],
      ['unknown', '(host names)'],
      ['010.0.0.1', '(host names)'],
      ['10.0.0.1,', '(host names)'],
    ]
    for (const [text, network] of rows) t.equal(clients.find(text).network, network, text)
    t.equal(clients.find('pc7.acme.example').address, undefined)
    t.equal(clients.find('10.1.2.3').address?.text, '10.1.2.3')
  },
)

t.test('a front is not a client', async t => {
  const proxies = [buildNetworkSet([parseNetwork('10.0.0.5')])]
  const clients = buildClients({ policies: [policyOf('offices')], proxies })
  t.match(clients.find('10.0.0.5'), { address: undefined, network: '(proxies)' })
  t.match(clients.find('10.0.0.6'), { address: { text: '10.0.0.6' }, network: 'offices' })
})

t.test('a client is counted once, and clients beyond the bound are not counted', async t => {
  const clients = buildClients({ policies: [], proxies: [], limit: 2 })
  const first = clients.find('192.0.2.1')
  t.equal(clients.find('192.0.2.1'), first)
  clients.find('192.0.2.2')
  t.equal(clients.isIncomplete(), false)
  t.equal(clients.find('192.0.2.3').counted, undefined)
  t.equal(clients.isIncomplete(), true)
  t.equal(clients.find('192.0.2.1'), first, 'the first client stays')
  t.equal(
    buildClients({ policies: [], proxies: [] }).find('x'.repeat(256)).counted,
    undefined,
    'text that is not a host name is not counted',
  )
})
