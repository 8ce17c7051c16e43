// Published attacks on where a request ends: request smuggling and responses that mix.
import { utimesSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  canary,
  head,
  inside,
  marker,
  photo,
  startAttackedGate,
} from '../fixtures/attacked-gate.ts'
import { sendRaw } from '../fixtures/client.ts'
import { jpegOf } from '../fixtures/images.ts'

const { gate, hasNoFault, refuses } = await startAttackedGate(t)
const { port } = gate

const post = (...lines: string[]) =>
  `POST ${photo} HTTP/1.1\r\nHost: x\r\n${lines.join('\r\n')}\r\n\r\n`
const hidden = `GET ${photo}?${canary} HTTP/1.1\r\nHost: x\r\n\r\n`
const get = (...lines: string[]) => post(...lines).replace('POST', 'GET')
refuses(
  'one request that another server reads as two (CVE-2023-25690, CVE-2024-38473, CVE-2022-26377)',
  [
    ['CL and TE', `${post('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`],
    ['TE and CL', `${post('Transfer-Encoding: chunked', 'Content-Length: 6')}0\r\n\r\n${hidden}`],
    [
      'CL and TE on GET',
      `${get('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`,
    ],
    ['two Content-Lengths', post('Content-Length: 0', 'Content-Length: 5') + hidden],
    ['two equal Content-Lengths', `${get('Content-Length: 5', 'Content-Length: 5')}hello${hidden}`],
    ['a list of Content-Lengths', post('Content-Length: 0, 5') + hidden],
    ['Content-Length with a sign', `${post('Content-Length: +5')}hello${hidden}`],
    ['negative Content-Length', post('Content-Length: -1') + hidden],
    ['hexadecimal Content-Length', `${post('Content-Length: 0x5')}hello${hidden}`],
    ['huge Content-Length', post('Content-Length: 99999999999999999999') + hidden],
    ['blank before the colon', `${post('Transfer-Encoding : chunked')}0\r\n\r\n${hidden}`],
    ['tab before the colon', `${post('Transfer-Encoding\t: chunked')}0\r\n\r\n${hidden}`],
    ['Transfer-Encoding: xchunked', `${post('Transfer-Encoding: xchunked')}0\r\n\r\n${hidden}`],
    [
      'Transfer-Encoding: chunked, identity',
      `${post('Transfer-Encoding: chunked, identity')}0\r\n\r\n${hidden}`,
    ],
    ['Transfer-Encoding: identity on GET', get('Transfer-Encoding: identity') + hidden],
    [
      'vertical tab in Transfer-Encoding',
      `${post('Transfer-Encoding: \vchunked')}0\r\n\r\n${hidden}`,
    ],
    [
      'two Transfer-Encodings',
      `${post('Transfer-Encoding: chunked', 'Transfer-Encoding: x')}0\r\n\r\n${hidden}`,
    ],
    ['a folded header', post('X: 1', ' Transfer-Encoding: chunked') + hidden],
    ['a folded Content-Length', `${post('Content-Length:', ' 5')}hello${hidden}`],
    ['bare line feeds', `GET ${photo} HTTP/1.1\nHost: x\n\n${hidden}`],
    ['a bare line feed in a header', get('X: 1\nContent-Length: 5') + hidden],
    ['a bare carriage return', get('X: 1\rContent-Length: 5') + hidden],
    ['NUL in a header', get('X: 1\0') + hidden],
    ['a chunk size that is not a number', `${post('Transfer-Encoding: chunked')}zz\r\n${hidden}`],
    [
      'a chunk extension with a line feed',
      `${post('Transfer-Encoding: chunked')}1;a\nb\r\nx\r\n0\r\n\r\n${hidden}`,
    ],
    ['a body on GET', `${get('Content-Length: 5')}hello${hidden}`],
    ['a body on GET that is a request', get(`Content-Length: ${hidden.length}`) + hidden],
    [
      'a chunked body on GET',
      `${get('Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n${hidden}`,
    ],
    ['a blank first header', `GET ${photo} HTTP/1.1\r\n Host: x\r\n\r\n${hidden}`],
    ['a header without a name', get(': x') + hidden],
    ['no colon', get('nonsense') + hidden],
    ['an unknown version', `GET ${photo} HTTP/9.9\r\nHost: x\r\n\r\n`],
    ['HTTP/2 by prior knowledge', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['no method', `${photo} HTTP/1.1\r\n\r\n`],
    ['an unknown method', `BREW ${photo} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a method in lower case', `get ${photo} HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a blank in the path', `GET /joe @acme.example.jpg HTTP/1.1\r\nHost: x\r\n\r\n`],
    ['a huge header', get(`X: ${'x'.repeat(20_000)}`)],
    ['a huge path', head(`/${'x'.repeat(20_000)}`)],
    ['very many headers', head(photo, ...Array(6_000).fill('a:'))],
  ],
)

t.test('bytes behind a request never mix with its answer (CVE-2023-25690)', async t => {
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
  const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4)
  const garbage = [
    `BREW /${canary}\r\n\r\n`,
    '\0\0\0\0',
    `GET ${photo} HTTP/1.1\r\nBad Header\r\n\r\n`,
  ]
  for (const [title, path, bytes] of [
    ['that comes from memory', photo, jpegOf(marker)],
    ['that is still being read from disk', '/large@acme.example.jpg', jpegOf('large', 3_000_000)],
  ] as const) {
    for (const rest of garbage) {
      t.test(`garbage after a photo ${title}: ${JSON.stringify(rest)}`, async t => {
        // Its time of change is new, so the gate reads it from disk again.
        if (path !== photo) utimesSync(join(gate.directory, path), 1000, 1000)
        const answer = await sendRaw(port, request(path) + rest, { from: inside, idleMs: 1_000 })
        t.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
        t.ok(bodyOf(answer) === bytes.toString('latin1'), 'the whole photo and nothing more')
      })
    }
  }
  t.test('two pipelined requests are answered in order', async t => {
    const answer = await sendRaw(port, request('/large@acme.example.jpg') + request(photo), {
      from: inside,
    })
    const [, first = '', second = ''] = answer.split('HTTP/1.1 200 OK')
    t.equal(bodyOf(first).length, jpegOf('large', 3_000_000).length)
    t.match(second, marker)
  })
  t.test('the second of two pipelined requests has its own decision', async t => {
    const answer = await sendRaw(
      port,
      request(photo).replace('\r\n\r\n', '\r\nCookie: LtpaToken2=1\r\n\r\n') + request(photo),
    )
    t.equal(answer.split(marker).length, 2)
    t.match(answer, /^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 302 /)
  })
})

hasNoFault()
