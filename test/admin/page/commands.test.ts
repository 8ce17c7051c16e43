import t from 'tap'
import { curlFor, pathOf } from '../../../src/admin/page/commands.ts'
import type { Settings } from '../../../src/config/settings.ts'

const settingsOf = (changes: object) =>
  ({
    clientHeader: 'x-forwarded-for',
    listen: [{ host: '127.0.0.1', port: 8080 }],
    ...changes,
  }) as unknown as Settings
const asked = { client: null, peer: null, target: '/a@b.jpg', method: 'GET', cookies: [] }

t.test('a request is asked again as it came', async t => {
  const start = 'curl -sS -D - -o /dev/null --globoff --path-as-is'
  const rows = [
    [{}, asked, `${start} http://127.0.0.1:8080/a@b.jpg`],
    [
      {},
      { ...asked, client: '10.1.2.3', peer: '10.1.2.3' },
      `${start} http://127.0.0.1:8080/a@b.jpg`,
    ],
    [
      {},
      { ...asked, client: '10.1.2.3', peer: '127.0.0.1', method: 'HEAD' },
      `${start} -I -H 'x-forwarded-for: 10.1.2.3' http://127.0.0.1:8080/a@b.jpg`,
    ],
    [
      { clientHeader: 'forwarded' },
      { ...asked, client: '2001:db8::7', method: 'POST' },
      `${start} -X POST -H 'Forwarded: for="[2001:db8::7]"' http://127.0.0.1:8080/a@b.jpg`,
    ],
    [
      { clientHeader: 'forwarded', listen: [{ host: '::1', port: 443, tls: {} }] },
      { ...asked, client: '192.0.2.7', cookies: ['LtpaToken2', 'a'] },
      `${start} -H 'Forwarded: for=192.0.2.7' -H 'Cookie: LtpaToken2=VALUE; a=VALUE' 'https://[::1]:443/a@b.jpg'`,
    ],
    [
      { listen: [{ socket: '/run/photo gate.sock', mode: 0o660 }] },
      { ...asked, method: null },
      `${start} --unix-socket '/run/photo gate.sock' http://localhost/a@b.jpg`,
    ],
    [
      {},
      { ...asked, target: '*@192.0.2.9:28999/x' },
      `${start} --request-target '*@192.0.2.9:28999/x' http://127.0.0.1:8080/`,
    ],
    [
      { listen: [{ socket: '/run/a.sock', mode: 0o660 }] },
      { ...asked, target: 'a://@192.0.2.9/x' },
      `${start} --request-target a://@192.0.2.9/x --unix-socket /run/a.sock http://localhost/`,
    ],
    [{ listen: [] }, { ...asked, target: "/'; rm -rf ~; '" }, `${start} '/'\\''; rm -rf ~; '\\'''`],
  ] as const
  for (const [settings, again, wanted] of rows)
    t.equal(curlFor(settingsOf(settings), again), wanted)
})

t.test('the path of a photo is encoded, any other stays as it was sent', async t => {
  t.equal(pathOf("o'neil@acme.example", null), "/o'neil@acme.example.jpg")
  t.equal(pathOf('müller@acme.example', null), '/m%C3%BCller@acme.example.jpg')
  t.equal(pathOf(null, '/x%zz'), '/x%zz')
  t.equal(pathOf(null, null), '/')
})
