// `npm start`: the demo, with a verified sign-on beside its cookie rules. Each start makes new keys, in a folder that only
// you can enter and that is removed when the demo stops. Options are those of `photogate serve`.
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { sendVisitors } from './visitors.js'

// Built here, because .npmrc keeps npm from running a script before another.
const bundle = fileURLToPath(new URL('../bundle.ts', import.meta.url))
const isCheckout = existsSync(fileURLToPath(new URL('../../src', import.meta.url)))
if (isCheckout) {
  execFileSync(process.execPath, ['--import', 'tsx', bundle], { stdio: ['ignore', 2, 2] })
}

const program = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))
const demo = fileURLToPath(new URL('.', import.meta.url))
const home = mkdtempSync(join(tmpdir(), 'photogate-demo-'))
process.on('exit', () => rmSync(home, { recursive: true, force: true }))

const write = (name, text) => {
  const file = join(home, name)
  writeFileSync(file, text, { mode: 0o600 })
  return file
}
const photogate = (...args) =>
  execFileSync(process.execPath, [program, ...args], { encoding: 'utf8', stdio: 'pipe' })

const passwordFile = write('demo.password', randomBytes(18).toString('hex'))
const keyFile = join(home, 'demo.keys')
const password = ['--password-file', passwordFile]
photogate('keys', 'new', '--realm', 'acme', ...password, '-o', keyFile)
const user = ['--user', 'uid=ada,o=acme', '--for', '1h']
const token = photogate('token', 'new', '--key-file', keyFile, ...password, ...user).trim()

// The verified rule comes first, because the cookie rule below accepts any cookie of that name, even a forged one.
const config = readFileSync(join(demo, 'photogate.yaml'), 'utf8')
  .replace('directory: photos', `directory: ${JSON.stringify(join(demo, 'photos'))}`)
  .replace('allow:\n', 'allow:\n  - { name: verified, ltpa: verified }\n')
// Another port than the usual one means that the usual ones may be in use.
const { port = '8080' } = parseArgs({
  options: { port: { type: 'string' } },
  ...{ strict: false, allowPositionals: true },
}).values
const adminPort = port === '8080' ? 8090 : 0
const configFile = write(
  'photogate.yaml',
  `admin: { host: 127.0.0.1, port: ${adminPort} }
ltpa: { keys: [{ file: demo.keys, passwordFile: demo.password }] }
${config}`,
)
const banner = readFileSync(join(demo, 'banner.txt'), 'utf8').replace(
  '  # admitted: the request comes',
  `  # admitted: a token that the demo's keys vouch for, as uid=ada,o=acme, for an hour
  curl -s -D - -o ada.jpg -H "Cookie: LtpaToken2=${token}" {url}/ada.lovelace@acme.example.jpg

  # admitted: the request comes`,
)
const bannerFile = write('banner.txt', banner)

// The shell between npm and this process ends by a signal and does not pass it on. Only under npm: started with `&`
// from a terminal, the demo outlives its parent.
if (process.env.npm_lifecycle_event === 'start') {
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
  }, 200).unref()
}

process.argv.splice(1, 1, program, 'serve', '--config', configFile, '--banner', bannerFile)
await import('../../dist/cli.js')
// Some requests, so that the page has something to show at once. On port 0, nobody knows where to send them.
if (port !== '0') await sendVisitors(Number(port), token)
