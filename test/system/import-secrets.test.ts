// The secrets that sign in to sources stay in their files: no password, passphrase, key or cookie is ever in what an import
// prints, in the journal, or anywhere else in the photo directory, in whatever form.
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { runCli } from '../fixtures/cli.ts'
import type { Mishap, SeenRequest, StandIn } from '../fixtures/connections.ts'
import { startConnections, user } from '../fixtures/connections.ts'
import { drawJpeg } from '../fixtures/pictures.ts'
import { makeDirectory } from '../fixtures/process.ts'
import type { Slapd } from '../fixtures/slapd.ts'
import { startSlapd } from '../fixtures/slapd.ts'
import type { Sshd } from '../fixtures/sshd.ts'
import { makeKey, startSshd } from '../fixtures/sshd.ts'

t.setTimeout(240_000)

const password = 'Canary "Wörter" & 7%+/=?'
const passphrase = 'canary: open, sesame? & 8'
const wrong = 'Canary: nobody’s word'
const picture = await drawJpeg({ width: 60, height: 60 })
const plain = { env: { NODE_OPTIONS: '' } }

/** The forms in which a secret could get into a text. */
function formsOf(secret: string): string[] {
  const bytes = [Buffer.from(secret), Buffer.from(secret, 'latin1'), Buffer.from(secret, 'utf16le')]
  const inside = (text: string) => JSON.stringify(text).slice(1, -1)
  return [
    ...bytes.flatMap(one => [one.toString('latin1'), one.toString('hex')]),
    // In base64 a secret may begin at any of three places in a group.
    ...bytes.flatMap(one => [0, 1, 2].map(shift => base64At(one, shift))),
    ...[inside(secret), inside(inside(secret)), encodeURIComponent(secret), encodeURI(secret)].map(
      asBytes,
    ),
    asBytes(new URLSearchParams({ x: secret }).toString().slice(2)),
    asBytes(secret.replace(/[^\x20-\x7e]/g, '?')),
  ]
}

function base64At(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '')
  // Without the ends, which depend on the neighbouring bytes.
  return text.slice(shift === 0 ? 0 : 4, -4)
}

function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** The places of secrets in the texts and in all files below the directory, including names. */
function findLeaks(secrets: readonly string[], texts: Record<string, string>, directory: string) {
  const forms = new Set(secrets.flatMap(formsOf).map(form => form.toLowerCase()))
  const places = new Map(Object.entries(texts).map(([name, text]) => [name, asBytes(text)]))
  for (const name of readdirSync(directory, { recursive: true }) as string[]) {
    const path = join(directory, name)
    const isFile = statSync(path).isFile()
    places.set(name, `${asBytes(name)}\n${isFile ? readFileSync(path, 'latin1') : ''}`)
  }
  return [...places].flatMap(([name, text]) => {
    const lower = text.toLowerCase()
    const [found] = [...forms].filter(form => lower.includes(form))
    return found === undefined ? [] : [`${name}: ${found}`]
  })
}

t.test('a leak in any form is found', async t => {
  const directory = makeDirectory(t)
  t.strictSame(findLeaks([password], { stdout: 'folder drop  1 person\n' }, directory), [])
  const rows: Record<string, string> = {
    unchanged: `bind failed for ${password}`,
    'in JSON': JSON.stringify({ errors: [`bind failed for ${password}`] }),
    'in base64 of a header': Buffer.from(`${user}:${password}`).toString('base64'),
    'in base64 of a DN': Buffer.from(`cn:${password} and more`).toString('base64'),
    'in a form': new URLSearchParams({ j_username: user, j_password: password }).toString(),
    'in a URL': `https://x/?p=${encodeURIComponent(password)}`,
    'in hex': Buffer.from(password).toString('hex').toUpperCase(),
    'made printable': password.replace(/[^\x20-\x7e]/g, '?'),
  }
  for (const [name, text] of Object.entries(rows)) {
    t.equal(findLeaks([password], { stdout: text }, directory).length, 1, name)
  }
  mkdirSync(join(directory, '.supply'))
  appendFileSync(join(directory, '.supply', 'journal.jsonl'), JSON.stringify({ key: password }))
  t.equal(findLeaks([password], {}, directory).length, 1, 'in a file')
  writeFileSync(join(directory, encodeURIComponent(passphrase)), '')
  t.equal(findLeaks([passphrase], {}, directory).length, 1, 'in the name of a file')
})

t.test('secrets stay secret when sources accept the import', async t => {
  const site = await openSite(t)
  if (site === undefined) return
  for (const signIn of ['basic', 'form'] as const) {
    await t.test(`Connections by ${signIn}`, async t => {
      const there = await startConnections(t, { photos: photosOf('c'), password, signIn })
      const leaks = await importAll(t, site, { connections: [there], signIn }, end => {
        t.equal(end.code, 0)
        t.strictSame(
          end.report?.sources.map(({ status, photos }) => [status, photos]),
          [
            ['complete', 1],
            ['complete', 2],
            ['complete', 1],
          ],
        )
      })
      t.strictSame(leaks, [])
      t.ok(
        there.seen.some(({ headers }) => headers.cookie?.includes('CANARY')),
        'with cookies',
      )
    })
  }
})

t.test('secrets stay secret when sources refuse the import', async t => {
  const site = await openSite(t)
  if (site === undefined) return
  const { home } = site
  writeFileSync(join(home, 'wrong.pw'), wrong, { mode: 0o600 })
  const there = await startConnections(t, { photos: photosOf('c'), password })
  const form = await startConnections(t, { photos: photosOf('c'), password, signIn: 'form' })
  const rows: [string, Partial<Choices>][] = [
    ['wrong passwords', { connections: [there], word: 'wrong.pw', phrase: 'wrong.pw' }],
    ['wrong passwords in a form', { connections: [form], signIn: 'form', word: 'wrong.pw' }],
    ['passwords where a key should be', { connections: [there], key: 'right.pw' }],
    ['a key where passwords should be', { connections: [there], word: 'locked', phrase: 'locked' }],
    ['a password where certificates should be', { connections: [there], more: 'ca: right.pw' }],
    ['a password where host keys should be', { connections: [there], hosts: 'right.pw' }],
    ['a password where people should be', { connections: [there], people: 'right.pw' }],
  ]
  for (const [name, choices] of rows) {
    await t.test(name, async t => {
      const leaks = await importAll(t, site, choices, ({ code, report }) => {
        t.ok(code === 1 || code === 78, `exit code ${code}`)
        if (code === 1) t.ok(report?.errors.length, 'the report says so')
      })
      t.strictSame(leaks, [])
    })
  }
})

t.test('secrets stay secret when servers send back what they receive', async t => {
  const site = await openSite(t)
  if (site === undefined) return
  const told = ({ headers }: SeenRequest) =>
    `${headers.authorization ?? ''} ${headers.cookie ?? ''}`
  const rows: Record<string, (seen: SeenRequest) => Mishap> = {
    'in a page': seen => ({
      status: 500,
      headers: { 'content-type': 'text/html' },
      body: Buffer.from(`<pre>${told(seen)} ${password}</pre>`),
    }),
    'as a picture': seen => ({
      status: 200,
      headers: { 'content-type': 'image/jpeg', etag: '"1"' },
      body: Buffer.from(`${seen.target} ${told(seen)} ${password}`),
    }),
    'in a redirect': seen => ({
      status: 302,
      headers: { location: `/profiles/other?told=${encodeURIComponent(told(seen))}` },
    }),
    'as the type': seen => ({
      status: 200,
      headers: { 'content-type': `text/${told(seen)}` },
      body: Buffer.from(`<html>${seen.target}`),
    }),
    'as the coding': seen => ({
      status: 200,
      headers: { 'content-type': 'image/jpeg', 'content-encoding': told(seen).trim() },
      body: Buffer.from(seen.target),
    }),
  }
  for (const [at, [name, mishap]] of Object.entries(rows).entries()) {
    const signIn = at % 2 === 0 ? 'basic' : 'form'
    await t.test(`${name}, by ${signIn}`, async t => {
      const there = await startConnections(t, { photos: photosOf('c'), password, signIn })
      // Only for people with a photo: an answer that everybody gets is taken for the grey image.
      there.mishap = seen => (seen.target.includes('acme.example') ? mishap(seen) : undefined)
      const leaks = await importAll(t, site, { connections: [there], signIn }, ({ code }) => {
        t.equal(code, 1)
      })
      t.strictSame(leaks, [])
      t.ok(there.seen.some(({ headers }) => headers.cookie ?? headers.authorization))
    })
  }
})

interface Site {
  readonly home: string
  readonly slapd: Slapd
  readonly sshd: Sshd
}

/** Servers with a photo each, and the secrets for them: right.pw, phrase.pw, slapd.pw and the key `locked`. */
async function openSite(t: Test): Promise<Site | undefined> {
  const home = makeDirectory(t)
  const slapd = await startSlapd(t, {
    people: [{ cn: 'l0', mail: ['l0@acme.example'], photo: picture }],
  })
  const sshd = await startSshd(t)
  if (slapd === undefined || sshd === undefined) return undefined
  writeFileSync(join(sshd.folder, 's0@acme.example.jpg'), picture)
  makeKey(join(home, 'locked'), { passphrase })
  appendFileSync(join(sshd.home, 'authorized_keys'), readFileSync(join(home, 'locked.pub')))
  const files = { 'right.pw': password, 'phrase.pw': passphrase, 'slapd.pw': slapd.readerPassword }
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(home, name), `${text}\n`, { mode: 0o600 })
  }
  writeFileSync(join(home, 'people.csv'), 'uid,mail\nc0,c0@acme.example\nc1,c1@acme.example\n')
  return { home, slapd, sshd }
}

function photosOf(letter: string): Map<string, Buffer> {
  return new Map([0, 1].map(at => [`${letter}${at}@acme.example`, picture]))
}

interface Choices {
  readonly connections: readonly StandIn[]
  readonly signIn?: 'basic' | 'form'
  /** Names of files that replace the right ones. */
  readonly word?: string
  readonly phrase?: string
  readonly key?: string
  readonly hosts?: string
  readonly people?: string
  /** More for Connections and LDAP. */
  readonly more?: string
}

interface Judged {
  readonly code: number | null
  readonly stderr: string
  readonly report: { sources: { status: string; photos: number }[]; errors: string[] } | undefined
}

/** Imports in all ways, and looks for secrets. */
async function importAll(
  t: Test,
  { home, slapd, sshd }: Site,
  choices: Partial<Choices>,
  judge: (end: Judged) => void,
): Promise<string[]> {
  const { signIn = 'basic', word, phrase = 'phrase.pw', key = 'locked', more } = choices
  const photos = makeDirectory(t)
  const extra = more === undefined ? '' : `, ${more}`
  const hosts = choices.hosts ?? join(sshd.home, 'known_hosts')
  const [there] = choices.connections ?? []
  const lines = [
    `{ ldap: "${slapd.url}", base: "${slapd.base}", bind: "${slapd.reader}", passwordFile: ${word ?? 'slapd.pw'}${extra} }`,
    `{ connections: "${there?.url}", user: ${user}, passwordFile: ${word ?? 'right.pw'}, people: ${choices.people ?? 'people.csv'}, signIn: ${signIn}${extra} }`,
    `{ sftp: "sftp://${userInfo().username}@127.0.0.1:${sshd.port}${sshd.folder}", keyFile: ${key}, passphraseFile: ${phrase}, knownHosts: ${hosts} }`,
  ]
  const config = join(home, 'photogate.yaml')
  writeFileSync(
    config,
    `photos: { directory: ${photos} }
allow: [{ name: here, from: 127.0.0.0/8 }]
supply:
  sources:
${lines.map(line => `    - ${line}\n`).join('')}`,
  )
  const texts: Record<string, string> = {}
  const run = async (...args: string[]) => {
    const end = await runCli(t, [...args, '--config', config], plain)
    texts[`stdout of ${args.join(' ')}`] = end.stdout
    texts[`stderr of ${args.join(' ')}`] = end.stderr
    return end
  }
  const end = await run('import', '--json')
  const report = end.stdout.startsWith('{')
    ? (JSON.parse(end.stdout) as Judged['report'])
    : undefined
  judge({ ...end, report })
  // Again, with records and versions, and with the report as text.
  await run('import')
  if (end.code === 0) await run('photos', 'list', '--json')
  const cookies = (there?.seen ?? []).flatMap(({ headers }) =>
    [...(headers.cookie ?? '').matchAll(/CANARY[^;"]*/g)].map(([cookie]) => cookie),
  )
  const lock = readFileSync(join(home, 'locked'), 'latin1').split('\n')
  const keyLines = lock.filter(line => line.length > 40 && !line.startsWith('-'))
  const secrets = [password, passphrase, wrong, slapd.readerPassword, ...keyLines, ...cookies]
  return findLeaks([...new Set(secrets)], texts, photos)
}
