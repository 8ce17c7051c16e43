// `doctor --through`: its options and files, and how it ends. What it finds is tested in test/doctor/front/.
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import type { Test } from 'tap'
import t from 'tap'
import type { DoctorOptions } from '../../src/command/doctor.ts'
import { doctor } from '../../src/command/doctor.ts'
import type { Diagnosis } from '../../src/doctor/finding.ts'
import { startServing } from '../fixtures/cli.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import { siteConfig } from '../fixtures/doctored-front.ts'
import { startFrontStandIn } from '../fixtures/front-stand-in.ts'
import { jpegOf } from '../fixtures/images.ts'
import { captureOutput } from '../fixtures/output.ts'
import { findFreePort, makeDirectory } from '../fixtures/process.ts'

const config = (port: number, photos: string, text = siteConfig()) =>
  `listen: [{ host: 127.0.0.1, port: ${port} }]\nphotos: { directory: ${photos} }\n${text}`

let both: ReturnType<typeof startOnce> | undefined
// One for all tests of the file.
function startBoth() {
  both ??= startOnce(t)
  return both
}

async function startOnce(t: Test) {
  const home = makeDirectory(t)
  const photos = join(home, 'photos')
  const file = join(home, 'photogate.yaml')
  const log = join(home, 'gate.log')
  mkdirSync(photos)
  writeFileSync(join(photos, 'joe@acme.example.jpg'), jpegOf('joe'))
  const port = await findFreePort()
  writeFileSync(file, config(port, photos))
  const gate = await startServing(t, ['--port', String(port), '--config', file])
  const written = createWriteStream(log)
  gate.child.stdout?.pipe(written)
  const url = await startFrontStandIn(t, { gatePort: port })
  return { home, file, log, gate, url }
}

// As a terminal looks to a program that reads from it.
function terminalInput() {
  const input = new PassThrough()
  return Object.assign(input, { isTTY: true, setRawMode: () => input })
}

async function run(
  options: DoctorOptions,
  input: AsyncIterable<Buffer | string> = Readable.from([]),
  terminal?: { write(text: string): void },
) {
  const output = captureOutput()
  const surroundings = { version: '1.2.3', input, terminal, paceMs: 5 }
  const code = await doctor({ ...options, json: true }, output, surroundings)
  const { findings, fine, unknown } = JSON.parse(output.printed()) as Diagnosis
  const about = findings.filter(({ code }) => code.startsWith('front-'))
  return { code, findings, about, fine, unknown, text: output.printed() }
}

t.test('with the log in a file, or in a pipe, a clean front has no findings', async t => {
  const { file: config, log, gate, url, home } = await startBoth()
  const through = url.origin
  const inFile = await run({ config, through, log, photo: 'Joe@acme.example' })
  t.strictSame(inFile.about, [])
  t.match(
    inFile.fine.join('\n'),
    /right client: 127\.0\.0\.2.*\n.*refusals and photos|refusals and photos/s,
  )
  t.notMatch(inFile.unknown.join('\n'), /log of the gate/)

  const pipe = new PassThrough()
  gate.child.stdout?.pipe(pipe)
  const piped = await run({ config, through, log: '-' }, pipe)
  t.strictSame(piped.about, [])
  t.notMatch(piped.unknown.join('\n'), /log of the gate/)
  t.ok(pipe.destroyed)

  const cookie = join(home, 'cookie')
  writeFileSync(cookie, 'Set-Cookie: LtpaToken2=c4n4ry; Domain=.acme.example; Path=/\n')
  const handed = await run({ config, through, log, cookie })
  t.match(handed.about, [{ code: 'front-cookie-domain' }])
  t.notMatch(handed.text, /c4n4ry/)
})

t.test(
  'a log without a line of doctor ends with 70, or with 1 when there are findings',
  async t => {
    const { file: config, home, url } = await startBoth()
    const log = join(home, 'other.log')
    writeFileSync(log, '')
    const { code, findings, unknown } = await run({ config, through: url.origin, log })
    t.equal(code, findings.length > 0 ? 1 : 70)
    t.match(unknown.join('\n'), /no line of doctor's requests has come/)
  },
)

t.test('without the log, what only the log shows is unknown', async t => {
  const { file: config, url } = await startBoth()
  const { about, unknown } = await run({ config, through: url.origin })
  t.strictSame(about, [])
  t.match(unknown.join('\n'), /--log FILE/)
})

t.test('a cookie comes from standard input, and from a terminal without a trace', async t => {
  const { file: config, url } = await startBoth()
  const cookie = 'Set-Cookie: LtpaToken2=c4n4ry; Path=/app'
  const options = { config, through: url.origin, cookie: '-' }
  const piped = await run(options, Readable.from([Buffer.from(`${cookie}\n`)]))
  t.match(piped.about, [{ code: 'front-cookie-path' }])
  t.notMatch(piped.text, /c4n4ry/)

  const texts: string[] = []
  const terminal = { write: (text: string) => void texts.push(text) }
  const typed = terminalInput()
  const asked = run(options, typed, terminal)
  typed.write(`${cookie}\r`)
  t.match((await asked).about, [{ code: 'front-cookie-path' }])
  t.match(texts.join(''), /^Paste the cookie[\s\S]*asks http:/)
  t.notMatch(texts.join(''), /c4n4ry/)
})

t.test('a log that should come from a terminal is refused', async t => {
  const { file: config, url } = await startBoth()
  await t.rejects(run({ config, through: url.origin, log: '-' }, terminalInput()), {
    message: /reads the log from a pipe/,
  })
})

t.test('a configuration with problems leaves the front unasked', async t => {
  const home = makeDirectory(t)
  const file = join(home, 'photogate.yaml')
  writeFileSync(file, 'allow: [{ name: open }]\n')
  let asked = 0
  const server = createServer(() => asked++)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const { unknown } = await run({ config: file, through: `http://127.0.0.1:${port}` })
  t.match(unknown.at(-1), /first the configuration must have no problems/)
  t.equal(asked, 0)
})

t.test('options that cannot be used are refused, and no secret is repeated', async t => {
  const home = makeDirectory(t)
  const photos = join(home, 'photos')
  mkdirSync(photos)
  const file = join(home, 'photogate.yaml')
  writeFileSync(file, config(1, photos))
  const secret = join(home, 'secret')
  writeFileSync(secret, 'hunter2 is my password\n')
  const through = '--through http://127.0.0.1:9'
  const rows: Record<string, RegExp> = {
    '--through photos.acme.example': /is not the URL of a host alone/,
    '--through https://photos.acme.example/photos': /is not the URL of a host alone/,
    '--log gate.log': /--log is about the front; name it: --through/,
    '--wait': /--wait is about the front/,
    [`${through} --photo joe`]: /--photo "joe" is not a mail address/,
    [`${through} --client joe`]: /--client "joe" is not a network address/,
    [`${through} --cookie ${secret}`]: /--cookie has no cookie/,
    [`${through} --cookie ${home}/none`]: /--cookie: .*none is not there/,
    [`${through} --ca ${secret}`]: /has no certificate in PEM form/,
    [`${through} --cookie /dev/zero`]: /--cookie: \/dev\/zero is larger than 65536 bytes/,
    [`${through} --ca /dev/zero`]: /--ca: \/dev\/zero is larger than/,
    '--through https://joe:hunter2@photos.acme.example': /--through "https:\/\/…@photos/,
    [`${through} --log ${home}/none`]: /--log: .*none is not there/,
    [`${through} --log ${home}`]: /--log: .* is a folder, not a file/,
    [`${through} --log - --cookie -`]: /either the log or the cookie/,
  }
  for (const [line, message] of Object.entries(rows)) {
    await t.test(line.replaceAll(home, '…'), async t => {
      const args = ['doctor', '--config', file, ...line.split(' ')]
      const { code, stderr, stdout } = await runCommandLine(args)
      t.equal(code, 2)
      t.match(stderr, message)
      t.equal(stdout, '')
      t.notMatch(stderr, /hunter2/)
    })
  }
})
