// `photogate doctor sametime`, against a stand-in for the Meetings server and a real gate.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { DoctorSametimeOptions } from '../../src/command/doctor-sametime.ts'
import { doctorSametime } from '../../src/command/doctor-sametime.ts'
import type { Diagnosis } from '../../src/doctor/finding.ts'
import { makeCertificates } from '../fixtures/certificates.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import type { MeetingsPages } from '../fixtures/meetings-settings.ts'
import { startMeetingsSettings } from '../fixtures/meetings-settings.ts'
import { captureOutput } from '../fixtures/output.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { root } from '../fixtures/root.ts'

const person = 'joe@acme.example'
const token = '{userId}'

async function run(options: DoctorSametimeOptions, timeoutMs = 5_000) {
  const output = captureOutput()
  const code = await doctorSametime({ ...options, json: true }, { output, timeoutMs })
  const printed = output.printed()
  const diagnosis = (printed === '' ? {} : JSON.parse(printed)) as Diagnosis
  const codes = diagnosis.findings?.map(finding => finding.code).join(' ')
  return { code, codes, noted: output.noted(), ...diagnosis }
}

const config = `allow:
- { name: here, from: 127.0.0.1 }
- { name: guests, cookie: STPluginActivePage=stMeetingroom* }
`
const guestsMayEnter = {
  'meetingroom.allowGuestAccess': 'true',
  'meetingroomcenter.allowGuestAccess': 'false',
}

/** A gate, a Meetings server that leads to it, and the options that name both. */
async function startBoth(
  t: Test,
  pages: (gateUrl: string) => MeetingsPages = () => ({}),
  gateConfig = config,
) {
  const gate = await startGate(t, {
    config: gateConfig,
    photos: { [`${person}.jpg`]: jpegOf('joe') },
  })
  const url = `http://127.0.0.1:${gate.port}`
  const meetings = await startMeetingsSettings(t, {
    settings: {
      userInfoRedirect: 'true',
      userInfoUrlTemplate: `${url}/userinfo/image?email=${token}`,
      ...guestsMayEnter,
    },
    image: email => `${url}/userinfo/image?email=${email}`,
    ...pages(url),
  })
  const file = join(makeDirectory(t), 'rules.yaml')
  writeFileSync(file, gateConfig)
  return { gate, meetings, options: { meetings: meetings.url, url, person, config: file } }
}

t.test('a Meeting Server that leads to the gate has no finding', async t => {
  const { gate, meetings, options } = await startBoth(t)
  const { code, findings, fine, unknown } = await run(options)
  t.equal(code, 0)
  t.strictSame(findings, [])
  t.strictSame(unknown, [])
  t.match(fine, [
    /^userInfoUrlTemplate leads to http:\/\/127\.0\.0\.1:\d+\/userinfo\/image, which the gate reads/,
    /^Guests may enter meetings, and see photos by guests\.$/,
    /^A client without cookies, .* gets a photo from .* \(image\/jpeg, \d+ bytes\)\.$/,
  ])
  t.strictSame(meetings.asked, [
    '/stmeetings/configuration?format=json&verbose=true',
    '/userinfo/image?email=joe%40acme.example',
  ])
  t.match(gate.requests(), [{ address: person, status: 200, userAgent: 'photogate-doctor' }])
})

for (const template of [
  `/${token}.jpg`,
  '/photo?email=@@userid@@',
  '/%7Bemail%7D.jpg',
  '/[email].jpg',
]) {
  t.test(`the settings may be values, and the photo at ${template}`, async t => {
    const { options } = await startBoth(t, url => ({
      settings: {
        userInfoRedirect: true,
        userInfoUrlTemplate: `${url}${template}`,
        'meetingroom.allowGuestAccess': true,
      },
    }))
    t.match(await run(options), { codes: '', unknown: [] })
  })
}

const settingsFaults: readonly (readonly [
  title: string,
  code: string,
  change: (url: string) => Record<string, unknown>,
])[] = [
  ['no template', 'sametime-template-empty', () => ({ userInfoUrlTemplate: '' })],
  [
    'a template that is only a path',
    'sametime-template-url',
    () => ({ userInfoUrlTemplate: `/photos/${token}.jpg` }),
  ],
  [
    'a template to another host',
    'sametime-template-host',
    () => ({ userInfoUrlTemplate: `http://old.acme.example/${token}.jpg` }),
  ],
  [
    'a template to a path that the gate does not know',
    'sametime-template-path',
    url => ({ userInfoUrlTemplate: `${url}/photos/${token}.jpg` }),
  ],
  [
    'a template for PNG',
    'sametime-template-path',
    url => ({ userInfoUrlTemplate: `${url}/${token}.png` }),
  ],
  [
    'a template by uid',
    'sametime-template-path',
    url => ({ userInfoUrlTemplate: `${url}/photo?uid=${token}` }),
  ],
  [
    'the stand-in of a snippet',
    'sametime-template-token',
    url => ({ userInfoUrlTemplate: `${url}/userinfo/image?email=USER-TOKEN` }),
  ],
  [
    'a password in the template',
    'sametime-template-secret',
    url => ({ userInfoUrlTemplate: `${url.replace('//', '//reader:hunter2@')}/${token}.jpg` }),
  ],
  [
    'guests may not enter, and a rule is for them',
    'sametime-guest-cookie',
    () => ({ 'meetingroom.allowGuestAccess': false }),
  ],
]
for (const [title, code, change] of settingsFaults) {
  t.test(`the settings of the server: ${title}`, async t => {
    const { options } = await startBoth(t, url => ({
      settings: { userInfoUrlTemplate: `${url}/${token}.jpg`, ...guestsMayEnter, ...change(url) },
    }))
    const { person: _, ...settingsOnly } = options
    const found = await run(settingsOnly)
    t.equal(found.codes, code)
    t.equal(found.code, 1)
    t.notMatch(JSON.stringify(found), 'hunter2', 'no password')
  })
}

t.test('a template that is no text is said to be what it is, and nothing breaks', async t => {
  for (const [value, seen] of [
    [{ toString: 1 }, 'an object'],
    [['x'], 'a list'],
    [7, '7'],
  ] as const) {
    const settings = { userInfoUrlTemplate: value, userInfoRedirect: { toString: 1 } }
    const { options } = await startBoth(t, () => ({ settings }))
    const { findings, code } = await run(options)
    t.equal(code, 1)
    t.match(
      findings.filter(each => each.code.startsWith('sametime-template')),
      [
        {
          code: 'sametime-template-url',
          seen: `userInfoUrlTemplate is ${seen}, which is not a text.`,
        },
      ],
    )
  }
})

t.test('a password in a mistyped URL is not printed', async t => {
  for (const text of ['https://admin:s3cret@meet.acme.example', 'ht!tp://admin:s3cret/pw@h/x']) {
    await t.rejects(run({ meetings: text }), { message: /^(?!.*s3cret).*…@/ })
  }
  const file = join(makeDirectory(t), 'stproxyconfig.xml')
  writeFileSync(
    file,
    '<configuration><photoCache><proxyServerURL>https//admin:s3cretpw@chat.acme.example</proxyServerURL></photoCache></configuration>',
  )
  const stproxy = await run({ stproxyconfig: file })
  t.equal(stproxy.codes, 'sametime-stproxy-url')
  t.notMatch(JSON.stringify(stproxy), 's3cretpw')
  const { options } = await startBoth(t, () => ({
    settings: { userInfoUrlTemplate: 'ht!tp://user:s3c#r?et/pw@h/{userId}' },
  }))
  t.notMatch(JSON.stringify(await run(options)), 's3c')
})

t.test('a token that was named must be in the template', async t => {
  const { options } = await startBoth(t, url => ({
    settings: { userInfoUrlTemplate: `${url}/*uid*.jpg`, ...guestsMayEnter },
  }))
  t.match((await run(options)).unknown, [
    /no page says how the token looks .* Name it with --user-token/,
  ])
  t.match(await run({ ...options, userToken: '*uid*' }), { codes: '', unknown: [] })
  t.equal((await run({ ...options, userToken: '*mail*' })).codes, 'sametime-template-token')
})

t.test('what no page says is not known', async t => {
  const { options } = await startBoth(t, url => ({
    settings: { userInfoRedirect: 'false', userInfoUrlTemplate: `${url}/${token}.jpg` },
  }))
  const { code, findings, unknown } = await run(options)
  t.match({ code, findings }, { code: 0, findings: [] })
  t.match(unknown, [
    /^Whether guests fit the rules: the server shows no key/,
    /^Who asks for the photos: userInfoRedirect is false/,
  ])
  const { url: _, ...rest } = options
  t.match((await run(rest)).unknown, [/is the photo host: name the gate's public URL with --url/])
})

const imageFaults: readonly (readonly [
  title: string,
  code: string,
  image: (url: string) => (email: string) => string,
])[] = [
  [
    'to another host',
    'sametime-redirect-host',
    () => email => `http://old.acme.example/${email}.jpg`,
  ],
  [
    'with the address encoded twice',
    'sametime-redirect-encoding',
    url => email => `${url}/photo?email=${encodeURIComponent(email)}`,
  ],
  [
    'to the photo of somebody else',
    'sametime-redirect-path',
    url => () => `${url}/ann@acme.example.jpg`,
  ],
  [
    'with the token not replaced',
    'sametime-redirect-path',
    url => () => `${url}/photo?email=${token}`,
  ],
  ['to no URL', 'sametime-redirect-target', () => () => 'mailto:joe@acme.example'],
  ['to itself', 'sametime-redirect-loop', () => email => `/userinfo/image?email=${email}`],
]
for (const [title, code, image] of imageFaults) {
  t.test(`the Meeting Server redirects ${title}`, async t => {
    const { options } = await startBoth(t, url => ({ image: image(url) }))
    t.equal((await run(options)).codes, code)
  })
}

t.test('the gate redirects the turned away back to the Meeting Server: a loop', async t => {
  let gateUrl = ''
  const meetings = await startMeetingsSettings(t, {
    settings: { userInfoUrlTemplate: '' },
    image: email => `${gateUrl}/${email}.jpg`,
  })
  const back = `${meetings.url}/userinfo/image?email=joe%40acme.example`
  const rules = `allow: [{ name: a, from: 10.0.0.1 }]\notherwise: { redirect: '${back}' }\n`
  const { port } = await startGate(t, { config: rules })
  gateUrl = `http://127.0.0.1:${port}`
  const file = join(makeDirectory(t), 'rules.yaml')
  writeFileSync(file, rules)
  const { codes } = await run({ meetings: meetings.url, url: gateUrl, person, config: file })
  t.equal(codes, 'sametime-template-empty sametime-redirect-loop')
})

t.test('a configuration that was named and is not there is an error', async t => {
  const { code, noted } = await run({ meetings: 'http://127.0.0.1:1', config: '/none.yaml' })
  t.equal(code, 78)
  t.match(noted, /none\.yaml/)
})

t.test('a front that turns the path into one that the gate knows is no finding', async t => {
  const front = await startMeetingsSettings(t, {
    image: {
      handle: (_, response) =>
        response.writeHead(200, { 'content-type': 'image/jpeg' }).end(jpegOf('joe')),
    },
  })
  const template = `${front.url}/userinfo/image?uid=`
  const { options } = await startBoth(t, () => ({
    settings: { userInfoUrlTemplate: `${template}${token}`, ...guestsMayEnter },
    image: email => `${template}${email}`,
  }))
  const { person: _, ...settingsOnly } = options
  t.equal((await run({ ...options, url: front.url })).codes, '')
  t.equal((await run({ ...settingsOnly, url: front.url })).codes, 'sametime-template-path')
})

t.test('a client that is turned away is told, and is no finding', async t => {
  const closed =
    "allow: [{ name: office, from: 10.0.0.0/8 }]\notherwise: { redirect: 'https://www.acme.example/?secret=1' }\n"
  const { options } = await startBoth(t, () => ({}), closed)
  const { code, fine, codes } = await run(options)
  t.match({ code, codes }, { code: 0, codes: '' })
  t.match(
    fine.at(-1),
    /is turned away from .* \(302 to https:\/\/www\.acme\.example\/\)\. That is right unless/,
  )
  t.match(fine[1], /^Guests may enter meetings, and no rule shows them photos\.$/)
})

t.test('photos that the vendor does not allow are findings', async t => {
  const rows = [
    ['image/jpeg', 46 * 1024, 'sametime-photo-size'],
    ['image/jpeg', 3_000_000, 'sametime-photo-size'],
    ['image/webp', 1_000, 'sametime-photo-type'],
    ['text/html', 1_000, 'sametime-photo-page'],
    ['image/gif', 45 * 1024, ''],
  ] as const
  for (const [type, bytes, code] of rows) {
    const host = await startMeetingsSettings(t, {
      image: {
        handle: (_, response) =>
          response.writeHead(200, { 'content-type': type }).end(Buffer.alloc(bytes)),
      },
    })
    const meetings = await startMeetingsSettings(t, {
      image: email => `${host.url}/userinfo/image?email=${email}`,
      settings: { userInfoUrlTemplate: `${host.url}/${token}.jpg` },
    })
    const home = t.testdir({ 'a.yaml': config })
    const { codes } = await run({
      meetings: meetings.url,
      url: host.url,
      person,
      config: join(home, 'a.yaml'),
    })
    t.equal(codes, code, `${type}, ${bytes} bytes`)
  }
})

t.test('a server that says nothing useful is told plainly, and ends with 70', async t => {
  const home = t.testdir({ 'a.yaml': config })
  const answers: readonly (readonly [MeetingsPages['settings'], RegExp])[] = [
    [(_, response) => response.end('<html>Sign in</html>'), /answers with a page in place of JSON/],
    [(_, response) => response.end('{"userInfo'), /not a JSON object/],
    [(_, response) => response.end('[1]'), /not a JSON object/],
    [(_, response) => response.end(), /answers with nothing/],
    [{ other: 1 }, /none of the keys of a Meeting Server/],
    [(_, response) => response.writeHead(403).end(), /answers 403/],
    [
      (_, response) =>
        response.writeHead(302, { location: 'https://x.acme.example/login?token=hunter2' }).end(),
      /redirect to https:\/\/x\.acme\.example\/login: it wants/,
    ],
    [(_, response) => response.end(Buffer.alloc(3_000_000, 'a')), /sent more than 1,048,576 bytes/],
    [(_, response) => void response.write('{'), /did not answer within 0\.5 seconds/],
    [request => void request.socket.end('SSH-2.0-x\r\n'), /does not answer in HTTP/],
    [request => void request.socket.destroy(), /closed the connection without an answer/],
  ]
  for (const [settings, message] of answers) {
    const meetings = await startMeetingsSettings(t, settings === undefined ? {} : { settings })
    const { code, noted, unknown } = await run(
      { meetings: meetings.url, config: join(home, 'a.yaml') },
      500,
    )
    t.equal(code, 70, String(message))
    t.match(noted, message)
    t.match(unknown.join('\n'), message)
    t.notMatch(noted, 'hunter2')
  }
  const free = createServer()
  await new Promise<void>(resolve => free.listen(0, '127.0.0.1', resolve))
  const { port } = free.address() as { port: number }
  await new Promise(resolve => free.close(resolve))
  const { code, noted } = await run({
    meetings: `http://127.0.0.1:${port}`,
    config: join(home, 'a.yaml'),
  })
  t.equal(code, 70)
  t.match(noted, /refuses the connection/)
})

t.test('TLS is verified, and its faults are told', async t => {
  const good = makeCertificates(t)
  const other = makeCertificates(t, 'DNS:other.acme.example')
  if (good === undefined || other === undefined) return
  const home = t.testdir({ 'a.yaml': config })
  const pem = ({ keyFile, certificateFile }: typeof good) => ({
    key: readFileSync(keyFile, 'utf8'),
    cert: readFileSync(certificateFile, 'utf8'),
  })
  const gateUrl = 'http://photos.acme.example'
  const pages = { settings: { userInfoUrlTemplate: `${gateUrl}/${token}.jpg`, ...guestsMayEnter } }
  const meetings = await startMeetingsSettings(t, pages, pem(good))
  const options = { meetings: meetings.url, config: join(home, 'a.yaml'), url: gateUrl }
  t.match(await run(options), { code: 70, noted: /authority that is not known here .* --ca/ })
  t.match(await run({ ...options, ca: good.caFile }), { code: 1, codes: 'sametime-mixed-content' })
  const misnamed = await startMeetingsSettings(t, {}, pem(other))
  t.match(await run({ ...options, meetings: misnamed.url, ca: other.caFile }), {
    code: 70,
    noted: /certificate for other names \(DNS:other\.acme\.example\)/,
  })
  const photoUrl = misnamed.url
  const leading = await startMeetingsSettings(t, {
    settings: { userInfoUrlTemplate: `${photoUrl}/${token}.jpg`, ...guestsMayEnter },
    image: email => `${photoUrl}/${email}.jpg`,
  })
  const asked = { meetings: leading.url, url: photoUrl, person, config: join(home, 'a.yaml') }
  t.equal((await run({ ...asked, ca: other.caFile })).codes, 'sametime-photo-tls')
  t.match(await run(asked), { codes: '', unknown: [/authority that is not known here/] })
  await t.rejects(run({ ...asked, ca: join(home, 'none.pem') }), /--ca cannot be read/)
})

t.test('what photogate snippets prints is read from files, and is right', async t => {
  const cwd = t.testdir({ photos: {}, 'photogate.yaml': config, empty: '' })
  for (const [kind, file, args] of [
    ['stproxy', 'stproxyconfig.xml', ['--chat-url', 'https://chat.acme.example']],
    ['userinfo', 'UserInfoConfig.xml', []],
  ] as const) {
    const { stdout } = await runCommandLine(
      ['snippets', kind, '--url', 'https://photos.acme.example', ...args],
      { cwd },
    )
    writeFileSync(join(cwd, file), stdout)
  }
  const files = ['--stproxyconfig', 'stproxyconfig.xml', '--userinfoconfig', 'UserInfoConfig.xml']
  const { code, stdout } = await runCommandLine(['doctor', 'sametime', ...files], { cwd })
  t.equal(code, 0)
  t.match(stdout, /^Fine:\n {2}stproxyconfig\.xml lets [\s\S]*\n\nno findings\n$/)
  for (const [name, message] of [
    ['none', 'is not there'],
    ['empty', 'is empty'],
    ['photos', 'is a folder'],
  ]) {
    const seen = await runCommandLine(['doctor', 'sametime', '--stproxyconfig', name as string], {
      cwd,
    })
    t.equal(seen.code, 70, `${name}`)
    t.match(seen.stderr, message)
  }
  for (const args of [
    [],
    ['--meetings', 'meet.acme.example'],
    ['--meetings', 'https://a.example/x'],
    ['--stproxyconfig', 'x', '--person', 'joe'],
    ['--stproxyconfig', 'x', '--url', 'photos'],
  ]) {
    t.equal(
      (await runCommandLine(['doctor', 'sametime', ...args], { cwd })).code,
      2,
      args.join(' '),
    )
  }
  writeFileSync(join(cwd, 'photogate.yaml'), 'allow: [{ form: 1 }]\n')
  t.equal(
    (await runCommandLine(['doctor', 'sametime', '--meetings', 'http://127.0.0.1:1'], { cwd }))
      .code,
    78,
  )
})

t.test('the page has exactly the codes of the sources', async t => {
  const folder = join(root, 'src/doctor/sametime')
  const sources = readdirSync(folder)
    .map(file => readFileSync(join(folder, file), 'utf8'))
    .join('\n')
  const page = readFileSync(join(root, 'deploy/docs/doctor.md'), 'utf8')
  const inSources = new Set([...sources.matchAll(/'(sametime-[a-z-]+)'/g)].map(([, code]) => code))
  const inPage = new Set(
    [...page.matchAll(/^\| `(sametime-[a-z-]+)` \|/gm)].map(([, code]) => code),
  )
  t.strictSame([...inPage].sort(), [...inSources].sort())
})
