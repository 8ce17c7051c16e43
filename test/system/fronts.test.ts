// The gate behind real fronts: whom it takes for the client, and what reaches it of a name.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { ask, sendRaw } from '../fixtures/client.ts'
import type { GateFixture } from '../fixtures/gate.ts'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { findFreePort, findProgram, makeDirectory, startProgram } from '../fixtures/process.ts'

// The front is 127.0.0.1, and lies inside an admitted network: the worst place for it.
const config = `
proxies: [127.0.0.1]
allow:
  - { name: office, from: [127.0.0.1, 127.0.0.9] }
`
const photos = {
  'joe@acme.example.jpg': jpegOf('joe'),
  "o'neil+x@acme.example.jpg": jpegOf('neil'),
}

type StartFront = (t: Test, gate: GateFixture) => Promise<number | undefined>

const startApache: StartFront = async (t, gate) => {
  const program = findProgram(t, 'apache2')
  if (program === undefined) return undefined
  const port = await findFreePort()
  const home = makeDirectory(t)
  const modules = ['mpm_event', 'authz_core', 'proxy', 'proxy_http']
  const lines = [
    `ServerRoot ${home}`,
    `PidFile ${home}/pid`,
    'ServerName photos.acme.example',
    `Listen 127.0.0.1:${port}`,
    ...modules.map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
    `ErrorLog ${home}/error.log`,
    'ThreadsPerChild 4',
    'AllowEncodedSlashes NoDecode',
    'ProxyRequests Off',
    `ProxyPass / http://127.0.0.1:${gate.port}/ nocanon`,
  ]
  writeFileSync(join(home, 'httpd.conf'), `${lines.join('\n')}\n`)
  await startProgram(t, [program, '-f', `${home}/httpd.conf`, '-DFOREGROUND'], { port })
  return port
}

const startNginx: StartFront = async (t, gate) => {
  const program = findProgram(t, 'nginx')
  if (program === undefined) return undefined
  const port = await findFreePort()
  const home = makeDirectory(t)
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  writeFileSync(
    join(home, 'nginx.conf'),
    `daemon off; pid ${home}/pid; error_log ${home}/error.log; worker_processes 1;
events { worker_connections 64; }
http {
  access_log off;
  ${paths.map(name => `${name}_temp_path ${home}/${name};`).join(' ')}
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${gate.port};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }
}
`,
  )
  await startProgram(t, [program, '-c', join(home, 'nginx.conf')], { port })
  return port
}

for (const [name, startFront] of Object.entries({ Apache: startApache, nginx: startNginx })) {
  t.test(`behind ${name}`, async t => {
    const gate = await startGate(t, { config, photos })
    const port = await startFront(t, gate)
    if (port === undefined) return
    const statusOf = async (path: string, from: string, headers = {}) =>
      (await ask(port, path, { from, headers })).status
    const joe = '/joe@acme.example.jpg'

    const turnedAway: Record<string, Record<string, string>> = {
      'an outsider': {},
      'a claimed client': { 'x-forwarded-for': '127.0.0.9' },
      'a claimed client with an underscore': { x_forwarded_for: '127.0.0.9' },
      'a claimed client in another header': {
        forwarded: 'for=127.0.0.9',
        'x-real-ip': '127.0.0.9',
      },
      'CVE-2022-31813: Connection: X-Forwarded-For': { connection: 'close, X-Forwarded-For' },
      'the same with a claim': { connection: 'X-Forwarded-For', 'x-forwarded-for': '127.0.0.9' },
    }
    for (const [who, headers] of Object.entries(turnedAway)) {
      await t.test(`${who} is turned away`, async t => {
        t.equal(await statusOf(joe, '127.0.0.5', headers), 302)
      })
    }

    await t.test('a client in an admitted network gets the photo', async t => {
      const answer = await ask(port, joe, { from: '127.0.0.9' })
      t.equal(answer.status, 200)
      t.same(answer.body, photos['joe@acme.example.jpg'])
      t.match(gate.requests().at(-1), { client: '127.0.0.9', peer: '127.0.0.1', rule: 'office' })
    })

    for (const path of [
      '/joe%40acme.example.jpg',
      '/JOE@ACME.EXAMPLE.jpg',
      '/photo?email=joe%40acme.example',
      "/o'neil+x@acme.example.jpg",
      '/o%27neil%2Bx%40acme.example.jpg',
      '/profiles/photo.do?email=o%27neil%2Bx%40acme.example&lastMod=1',
    ]) {
      await t.test(`${path} arrives as it was meant`, async t => {
        t.equal(await statusOf(path, '127.0.0.9'), 200)
      })
    }

    await t.test('a pipelined second request is judged by itself', async t => {
      const one = `GET ${joe} HTTP/1.1\r\nHost: a\r\n\r\n`
      const two = `GET ${joe} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 127.0.0.9\r\nConnection: close\r\n\r\n`
      const answers = await sendRaw(port, one + two, { from: '127.0.0.5', idleMs: 1_000 })
      t.equal(answers.match(/HTTP\/1\.1 302 /g)?.length, 2)
    })
  })
}

t.test(
  'a front that says nothing of the client admits nobody, though it is in an admitted network',
  async t => {
    const gate = await startGate(t, { config, photos })
    t.equal((await gate.ask('/joe@acme.example.jpg')).status, 302)
    t.match(gate.requests().at(-1), { client: null, reason: 'client-header-missing' })
    t.ok(
      gate.lines().some(({ reason, total }) => reason === 'client-header-missing' && total === 1),
    )
  },
)
