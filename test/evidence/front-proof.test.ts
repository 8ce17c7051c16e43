// Whom a proof makes a front: a certificate whose name and authority count now, or the gate's own socket.
import t from 'tap'
import type { FrontProof } from '../../src/evidence/front-proof.ts'
import { buildProofCheck, unixProof } from '../../src/evidence/front-proof.ts'

const asked: string[] = []
const proofOf = (name: string, ...from: string[]): FrontProof => ({
  kind: 'certificate',
  authorities: from.length === 0 ? ['a'] : from,
  certificate: {
    checkHost: host => {
      asked.push(host)
      return host === name ? name : undefined
    },
  },
})
const authorities = new Set(['a'])

t.test('without a proof nobody is believed', async t => {
  t.equal(buildProofCheck({ unix: true, names: ['ihs'], authorities })(undefined), false)
})

t.test('a socket proves a front only where proxies has unix', async t => {
  t.equal(buildProofCheck({ unix: true, names: [], authorities })(unixProof), true)
  t.equal(buildProofCheck({ unix: false, names: ['unix'], authorities })(unixProof), false)
})

t.test('a certificate needs one of the names and an authority of now', async t => {
  const isProven = buildProofCheck({ unix: false, names: ['ihs', 'nginx'], authorities })
  t.equal(isProven(proofOf('nginx')), true)
  t.equal(isProven(proofOf('other')), false)
  t.equal(isProven(proofOf('ihs', 'b')), false)
  t.equal(
    isProven(proofOf('ihs', 'a', 'b')),
    false,
    'one of those that it may be from does not count',
  )
  t.equal(buildProofCheck({ unix: true, names: [], authorities })(proofOf('ihs')), false)
})

t.test('the names of a certificate are compared once for each configuration', async t => {
  const proof = proofOf('ihs')
  const isProven = buildProofCheck({ unix: false, names: ['ihs'], authorities })
  asked.length = 0
  for (let count = 0; count < 5; count++) t.equal(isProven(proof), true)
  t.strictSame(asked, ['ihs'])
  t.equal(buildProofCheck({ unix: false, names: ['other'], authorities })(proof), false)
})
