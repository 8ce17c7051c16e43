import { writeFileSync } from 'node:fs'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import type { LookUp } from '../../src/explain/answer.ts'
import type { AskedRequest } from '../../src/explain/explanation.ts'
import { explainRequest } from '../../src/explain/explanation.ts'
import { explainPass, passCookieOf } from '../../src/explain/pass.ts'
import { buildExplainReaders } from '../../src/explain/readers.ts'
import { parseNetworkAddress } from '../../src/policy/network-address.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { writeKeys } from '../fixtures/key-files.ts'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'

const home = openConfigHome(t)
const issuer = buildIssuer({ password: 'songbird', realm: 'acme' })
const stranger = buildIssuer({ password: 'songbird', realm: 'acme' })
const keys = writeKeys(home.directory, 'ltpa', issuer)
const expiresMs = Date.now() + 3_600_000

interface Given {
  readonly lookUp?: LookUp
  readonly isDirect?: boolean
}

const nowhere: LookUp = async () => ({ kind: 'missing' })

function readersOf({ lookUp = nowhere, isDirect = false }: Given = {}) {
  writeFileSync(
    home.file,
    `ltpa: { keys: [${keys}] }
proxies: 127.0.0.1
allow:
  - { name: offices, from: 10.0.0.0/8 }
  - { name: front, from: 127.0.0.1 }
  - { name: signed-in, ltpa: verified, budget: { people: 3, per: 1h } }
`,
  )
  const { settings, problems } = loadConfig({ env: {}, file: home.file })
  if (settings === undefined) throw new Error(JSON.stringify(problems))
  return buildExplainReaders(settings, { aliasesOf: () => [], lookUp, isDirect })
}

function requestOf(peer: string, more: Partial<AskedRequest> = {}): AskedRequest {
  const address = parseNetworkAddress(peer)
  const none = { proof: undefined, headers: {}, asked: undefined, spent: null, hasAll: false }
  return { ...none, peer: address, nowMs: Date.now(), ...more }
}

t.test(
  'a client whose forged tokens are many is still told whether its token is authentic',
  async t => {
    const readers = readersOf()
    const ask = async (token: string) => {
      const headers = { cookie: `LtpaToken2=${token}` }
      return (await explainRequest(readers, requestOf('192.0.2.1', { headers }))).explanation
    }
    const details = new Set<string | undefined>()
    for (let count = 0; count < 300; count++) {
      const forged = stranger.issueV2({ expiresMs: expiresMs + count, user: 'uid=joe,o=acme' })
      details.add((await ask(forged)).rules.at(-1)?.conditions[0]?.detail)
    }
    t.strictSame([...details], ['cookie ltpatoken2 was refused: no key vouches for it'])
    const { admitted, identity } = await ask(issuer.issueV2({ expiresMs, user: 'uid=joe,o=acme' }))
    t.equal(admitted, true)
    t.match(identity, { user: 'uid=joe,o=acme' })
  },
)

t.test('a front that names no client is no client, but when it is asked about itself', async t => {
  const behind = await explainRequest(readersOf(), requestOf('127.0.0.1'))
  t.match(behind.explanation, { admitted: false, client: null, rule: null })
  t.equal(behind.evidence.clientDoubt?.reason, 'client-header-missing')
  const itself = await explainRequest(readersOf({ isDirect: true }), requestOf('127.0.0.1'))
  t.match(itself.explanation, { admitted: true, client: '127.0.0.1', rule: 'front' })
})

t.test('the photo is looked up by its canonical address, and only when one is named', async t => {
  const looked: string[] = []
  const readers = readersOf({
    lookUp: async address => {
      looked.push(address)
      return { kind: 'refused', file: `${address}.jpg`, reason: 'is not an image' }
    },
  })
  const unnamed = await explainRequest(readers, requestOf('10.0.0.1'))
  t.match(unnamed.explanation.answer, { status: 200, photoExists: null })
  t.strictSame(looked, [])
  const asked = { target: { kind: 'photo', address: 'joe@acme.example' } } as const
  const named = await explainRequest(readers, requestOf('10.0.0.1', { asked }))
  t.match(named.explanation.answer, {
    ...{ status: 404, reason: 'missing', photoExists: false },
    detail: 'there is none: joe@acme.example.jpg is not an image',
  })
  t.strictSame(looked, ['joe@acme.example'])
})

t.test('what everybody is answered is said of a client that no rule admits', async t => {
  for (const [kind, reason] of [
    ['ready', 'ready'],
    ['health', 'health'],
    ['page', 'page'],
  ] as const) {
    const request = requestOf('192.0.2.1', { asked: { target: { kind } } })
    const { explanation } = await explainRequest(readersOf(), request)
    t.match(explanation, { admitted: false, answer: { status: 200, reason, photoExists: null } })
    t.match(explanation.answer.detail, /^answered to everybody/)
  }
})

t.test('a spent budget is answered as an unknown photo, and an unsaid one is not', async t => {
  const headers = { cookie: `LtpaToken2=${issuer.issueV2({ expiresMs, user: 'uid=joe' })}` }
  const asked = { target: { kind: 'photo', address: 'joe@acme.example' } } as const
  const answerWith = async (spent: number | null) => {
    const request = requestOf('192.0.2.1', { headers, asked, spent })
    return (await explainRequest(readersOf(), request)).explanation
  }
  t.match(await answerWith(3), { budget: { isOver: true }, answer: { reason: 'over-budget' } })
  t.match(await answerWith(2), { budget: { isOver: false }, answer: { reason: 'missing' } })
  t.match(await answerWith(null), { budget: { spent: null, isOver: false } })
})

t.test('rules behind the one that admits are explained when all are asked for', async t => {
  const namesOf = async (hasAll: boolean) => {
    const { explanation } = await explainRequest(readersOf(), requestOf('10.0.0.1', { hasAll }))
    return explanation.rules.map(({ name }) => name)
  }
  t.strictSame(await namesOf(false), ['offices'])
  t.strictSame(await namesOf(true), ['offices', 'front', 'signed-in'])
})

t.test('a link without a pass is a problem, and a link or a pass gives its cookie', async t => {
  const problem = /^has no pass; give the whole link, …\/-\/pass\?p=…, or what follows p=$/
  t.match(passCookieOf('https://photos.acme.example/-/pass'), { problem })
  const cookie = 'photogate-pass=abc'
  t.match(passCookieOf('https://photos.acme.example/-/pass?p=abc#x'), { cookie: /=abc$/ }, cookie)
  t.strictSame(passCookieOf('abc'), passCookieOf('/-/pass?p=abc'))
})

t.test('a pass without a name is explained with null', async t => {
  const pass = { id: '0123456789abcdef', expiresMs: 0, photos: ['*@acme.example'] }
  const expires = '1970-01-01T00:00:00.000Z'
  t.strictSame(explainPass({ ...pass, name: undefined }), { id: pass.id, name: null, expires })
  t.strictSame(explainPass({ ...pass, name: 'Q3' }), { id: pass.id, name: 'Q3', expires })
})
