// Certificates are checked before any client sees them, and each mistake is said with what to write.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openAuthority } from '../../fixtures/authority.ts'
import { openConfigHome } from '../../fixtures/config.ts'

const allow = 'allow: [{ name: office, from: 10.0.0.0/8 }]'
const config = (tls: string) => `listen: [{ host: 127.0.0.1, port: 8443, tls: ${tls} }]\n${allow}`

t.test('certificates', async t => {
  const authority = openAuthority(t)
  if (authority === undefined) return
  const between = authority.issueAuthority('Between')
  const leaf = authority.issue({ by: between, names: 'DNS:photos.acme.example' })
  const other = authority.issue({ keyType: 'rsa' })
  const expired = authority.issue({ days: -1 })
  const soon = authority.issue({ days: 5 })
  const nameless = authority.issue({ names: '', cn: 'photos.acme.example' })
  const encrypted = `${authority.home}/encrypted.key`
  authority.run(
    'pkcs8',
    '-topk8',
    '-in',
    leaf.keyFile,
    '-passout',
    'pass:pässword',
    '-out',
    encrypted,
  )
  const pfxOf = (name: string, ...args: string[]) => {
    const file = `${authority.home}/${name}.pfx`
    authority.run('pkcs12', '-export', '-out', file, '-passout', 'pass:secret', ...args)
    return readFileSync(file)
  }
  const whole = ['-inkey', leaf.keyFile, '-in', leaf.certFile, '-certfile', between.certFile]
  const home = openConfigHome(t, {
    'chain.pem': `${leaf.cert}${between.cert}`,
    'crlf.pem': `Bag Attributes\r\n${leaf.cert}${between.cert}`.replaceAll('\n', '\r\n'),
    'with-root.pem': `${leaf.cert}${between.cert}${authority.cert}`,
    'reversed.pem': `${between.cert}${leaf.cert}`,
    'gap.pem': `${leaf.cert}${authority.cert}`,
    'wrong.pem': `${leaf.cert}${other.cert}`,
    'key.pem': leaf.key,
    'other.pem': other.cert,
    'expired.pem': expired.cert,
    'expired.key': expired.key,
    'soon.pem': soon.cert,
    'soon.key': soon.key,
    'nameless.pem': nameless.cert,
    'nameless.key': nameless.key,
    'damaged.pem': leaf.cert.replace(/^(.{40})..../m, '$1AAAA').replace(/MII/, 'MIX'),
    'damaged.key': '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
    'empty.pem': '',
    'encrypted.key': readFileSync(encrypted, 'utf8'),
    password: 'pässword\n',
    secret: 'secret\n',
    bad: 'other\n',
  })
  const put = (name: string, bytes: Buffer) => {
    writeFileSync(join(home.directory, name), bytes)
    chmodSync(join(home.directory, name), 0o600)
  }
  put('photos.pfx', pfxOf('photos', ...whole))
  put(
    'old.pfx',
    pfxOf(
      'old',
      ...whole,
      '-keypbe',
      'PBE-SHA1-3DES',
      '-certpbe',
      'PBE-SHA1-3DES',
      '-macalg',
      'sha1',
    ),
  )
  put('rsa.pfx', pfxOf('rsa', '-inkey', other.keyFile, '-in', other.certFile))
  put('keyless.pfx', pfxOf('keyless', '-nokeys', '-in', leaf.certFile))
  put('der.pem', authority.run('x509', '-in', leaf.certFile, '-outform', 'der'))
  for (const name of [
    'key.pem',
    'expired.key',
    'soon.key',
    'nameless.key',
    'encrypted.key',
    'password',
    'secret',
    'bad',
  ]) {
    chmodSync(join(home.directory, name), 0o600)
  }

  const fine: readonly [title: string, tls: string, names: readonly string[], count: number][] = [
    ['a chain in order', '{ cert: chain.pem, key: key.pem }', ['photos.acme.example'], 2],
    [
      'the same with CRLF and text between',
      '{ cert: crlf.pem, key: key.pem }',
      ['photos.acme.example'],
      2,
    ],
    [
      'with the root at its end',
      '{ cert: with-root.pem, key: key.pem }',
      ['photos.acme.example'],
      3,
    ],
    [
      'an encrypted key',
      '{ cert: chain.pem, key: encrypted.key, passwordFile: password }',
      ['photos.acme.example'],
      2,
    ],
    ['a PFX of today', '{ pfx: photos.pfx, passwordFile: secret }', ['photos.acme.example'], 2],
    ['a PFX of old programs', '{ pfx: old.pfx, passwordFile: secret }', ['photos.acme.example'], 2],
    ['a PFX with an RSA key', '{ pfx: rsa.pfx, passwordFile: secret }', ['localhost'], 1],
  ]
  for (const [title, tls, names, count] of fine) {
    t.test(title, async t => {
      const { settings, problems, warnings } = home.load(config(tls))
      t.strictSame(problems, [])
      t.strictSame(warnings, [])
      const [listen] = settings?.listen ?? []
      const built = listen !== undefined && 'host' in listen ? listen.tls : undefined
      const [certificate] = built?.certificates ?? []
      t.strictSame(certificate?.names, names)
      t.equal(certificate?.chain.match(/BEGIN CERT/g)?.length, count)
    })
  }

  const refused: readonly [title: string, tls: string, problem: RegExp][] = [
    [
      'a chain that begins with an intermediate',
      '{ cert: reversed.pem, key: key.pem }',
      /cert has the certificate of the key as number 2; put it first/,
    ],
    [
      'a chain with a gap',
      '{ cert: gap.pem, key: key.pem }',
      /cert is out of order: certificate 2 \(Test authority\) has not issued certificate 1 \(server\)/,
    ],
    [
      'a chain with a stranger',
      '{ cert: wrong.pem, key: key.pem }',
      /cert is out of order: certificate 2 \(server\)/,
    ],
    ['a key of another pair', '{ cert: other.pem, key: key.pem }', /cert does not fit the key/],
    [
      'a damaged certificate',
      '{ cert: damaged.pem, key: key.pem }',
      /cert is damaged: certificate 1 of 1 cannot be read/,
    ],
    ['a damaged key', '{ cert: chain.pem, key: damaged.key }', /key is damaged/],
    ['an empty file', '{ cert: empty.pem, key: key.pem }', /cert holds no certificate in PEM form/],
    [
      'DER',
      '{ cert: der.pem, key: key.pem }',
      /cert holds no certificate .*openssl x509 -inform der/,
    ],
    [
      'a key in the place of the certificate',
      '{ cert: key.pem, key: key.pem }',
      /cert holds no certificate/,
    ],
    [
      'a certificate in the place of the key',
      '{ cert: chain.pem, key: chain.pem }',
      /key holds no private key/,
    ],
    [
      'a missing file',
      '{ cert: nowhere.pem, key: key.pem }',
      /cert cannot be read: .*nowhere\.pem/,
    ],
    [
      'an encrypted key without a password',
      '{ cert: chain.pem, key: encrypted.key }',
      /key is encrypted; name a file with its password/,
    ],
    [
      'an encrypted key with another password',
      '{ cert: chain.pem, key: encrypted.key, passwordFile: bad }',
      /key is not opened by its password/,
    ],
    [
      'a PFX with another password',
      '{ pfx: photos.pfx, passwordFile: bad }',
      /pfx is not opened by its password/,
    ],
    ['a PFX without its password', '{ pfx: photos.pfx }', /pfx is not opened by an empty password/],
    [
      'a PFX without a key',
      '{ pfx: keyless.pfx, passwordFile: secret }',
      /pfx holds no private key/,
    ],
    ['PEM in the place of a PFX', '{ pfx: chain.pem }', /pfx is not a PFX file/],
    [
      'PFX beside PEM',
      '{ pfx: photos.pfx, cert: chain.pem, passwordFile: secret }',
      /pfx stands beside cert or key/,
    ],
    ['no key', '{ cert: chain.pem }', /tls has no key; add key: key\.pem/],
    [
      'no certificate',
      '{ minVersion: TLSv1.2 }',
      /tls has no cert; add cert: chain\.pem and key: key\.pem, or pfx/,
    ],
    [
      'certificates beside cert',
      '{ cert: chain.pem, key: key.pem, certificates: [{ cert: chain.pem, key: key.pem }] }',
      /tls has certificates beside cert/,
    ],
    [
      'clientCert without clientCa',
      '{ cert: chain.pem, key: key.pem, clientCert: required }',
      /clientCert needs the authorities .*add clientCa/,
    ],
    [
      'a clientCa that is no authority',
      '{ cert: chain.pem, key: key.pem, clientCa: other.pem }',
      /clientCa holds the certificate of server, which is not an authority/,
    ],
    [
      'a version of SSL',
      '{ cert: chain.pem, key: key.pem, minVersion: SSLv3 }',
      /minVersion "SSLv3" is not known/,
    ],
    ['HTTP/2', '{ cert: chain.pem, key: key.pem, alpn: [h2] }', /alpn\[0\] "h2" is not known/],
    [
      'an unknown suite',
      '{ cert: chain.pem, key: key.pem, ciphers: [ECDHE-RSA-AES128-GCM-SHA255] }',
      /ciphers "ECDHE-RSA-AES128-GCM-SHA255" is not a cipher suite; did you mean ECDHE-RSA-AES128-GCM-SHA256\?/,
    ],
    [
      'a suite that OpenSSL has dropped',
      '{ cert: chain.pem, key: key.pem, ciphers: TLS_RSA_WITH_RC4_128_SHA }',
      /is a cipher suite that is not spoken here/,
    ],
    [
      'nothing that OpenSSL knows',
      '{ cert: chain.pem, key: key.pem, ciphers: "NONSENSE" }',
      /ciphers "NONSENSE" is not a cipher suite/,
    ],
  ]
  for (const [title, tls, problem] of refused) {
    t.test(`refused: ${title}`, async t => {
      const problems = home.problems(config(tls))
      t.match(problems.join('\n'), problem)
      t.notMatch(problems.join('\n'), /pässword|secret"/, 'no password is quoted')
    })
  }

  const warned: readonly [title: string, tls: string, warning: RegExp][] = [
    [
      'an expired certificate',
      '{ cert: expired.pem, key: expired.key }',
      /cert has expired on .*: clients refuse it/,
    ],
    ['one that expires soon', '{ cert: soon.pem, key: soon.key }', /cert expires in [45] days/],
    [
      'one without alternative names',
      '{ cert: nameless.pem, key: nameless.key }',
      /no subject alternative name/,
    ],
    [
      'TLS 1.0',
      '{ cert: chain.pem, key: key.pem, minVersion: TLSv1 }',
      /minVersion "TLSv1" lets clients in whose connection can be broken/,
    ],
    [
      'two certificates of one name',
      '{ certificates: [{ cert: chain.pem, key: key.pem }, { pfx: photos.pfx, passwordFile: secret }] }',
      /two certificates for photos\.acme\.example: chain\.pem is used/,
    ],
  ]
  for (const [title, tls, warning] of warned) {
    t.test(`warned of: ${title}`, async t => {
      t.match(home.warnings(config(tls)).join('\n'), warning)
    })
  }

  t.test('a key that others can read is warned of, a certificate is not', async t => {
    chmodSync(join(home.directory, 'key.pem'), 0o644)
    const warnings = home.warnings(config('{ cert: chain.pem, key: key.pem }'))
    chmodSync(join(home.directory, 'key.pem'), 0o600)
    t.equal(warnings.length, 1)
    t.match(warnings[0], /tls\.key .*key\.pem can be read by everybody/)
  })

  t.test('all files are watched', async t => {
    const { files } = home.load(
      config('{ pfx: photos.pfx, passwordFile: secret, clientCa: gap.pem }'),
    )
    for (const name of ['photos.pfx', 'secret', 'gap.pem'])
      t.ok(files.includes(join(home.directory, name)), name)
  })

  t.test('suites may have the names of IANA or OpenSSL, and those of TLS 1.3 stay', async t => {
    const ciphersOf = (text: string) => {
      const [listen] = home.settings(
        config(`{ cert: chain.pem, key: key.pem, ciphers: ${text} }`),
      ).listen
      return listen !== undefined && 'host' in listen ? listen.tls?.ciphers : undefined
    }
    const all = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256'
    t.equal(
      ciphersOf('[TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ecdhe-rsa-aes128-gcm-sha256]'),
      `${all}:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256`,
    )
    t.equal(
      ciphersOf('"ECDHE-ECDSA-AES256-GCM-SHA384:AES128-SHA"'),
      `${all}:ECDHE-ECDSA-AES256-GCM-SHA384:AES128-SHA`,
    )
    t.equal(
      ciphersOf('[TLS_AES_256_GCM_SHA384, ECDHE-ECDSA-AES256-GCM-SHA384]'),
      'TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES256-GCM-SHA384',
    )
  })

  t.test('a list that would mean something else than it says is refused or warned of', async t => {
    const say = (tls: string) => {
      const { problems, warnings } = home.load(config(`{ cert: chain.pem, key: key.pem, ${tls} }`))
      return [...problems, ...warnings].map(({ message }) => message).join('\n')
    }
    const rows: readonly [tls: string, message: RegExp][] = [
      ['ciphers: "HIGH:!aNULL"', /"HIGH" is a word of OpenSSL's language; name the suites/],
      ['ciphers: ["!TLS_RSA_WITH_AES_128_GCM_SHA256"]', /is a word of OpenSSL's language/],
      ['ciphers: ["@SECLEVEL=5"]', /is a word of OpenSSL's language/],
      ['ciphers: eNULL', /is a word of OpenSSL's language/],
      ['ciphers: ECDHE-ECDSA-NULL-SHA', /protects nothing/],
      ['ciphers: TLS_DH_anon_WITH_AES_128_CBC_SHA', /protects nothing/],
      ['ciphers: DHE-RSA-AES128-GCM-SHA256', /is not spoken here; .* ECDHE/],
      ['ciphers: TLS_AES_128_GCM_SHA256', /has suites of TLS 1\.3 alone, and none for TLSv1\.2/],
      ['ciphers: TLS_AES_128_CCM_SHA256, minVersion: TLSv1.3', /^$/],
      [
        'ciphers: ECDHE-RSA-AES128-GCM-SHA256',
        /needs a certificate with an RSA key: it is never used/,
      ],
      [
        'ciphers: ECDHE-ECDSA-AES128-GCM-SHA256, minVersion: TLSv1.3',
        /which minVersion keeps from being used/,
      ],
      [
        'ciphers: ECDHE-ECDSA-AES128-GCM-SHA256, minVersion: TLSv1',
        /no suite that TLS 1\.0 or 1\.1 knows/,
      ],
    ]
    for (const [tls, message] of rows) t.match(say(tls), message, tls)
  })

  t.test('a certificate that OpenSSL refuses is refused here, wherever it stands', async t => {
    authority.run(
      ...[
        'req',
        '-x509',
        '-newkey',
        'rsa:512',
        '-nodes',
        '-keyout',
        'weak.key',
        '-out',
        'weak.pem',
      ],
      ...['-subj', '/CN=weak', '-days', '30', '-addext', 'subjectAltName=DNS:weak.example'],
    )
    const weak = `{ cert: ${authority.home}/weak.pem, key: ${authority.home}/weak.key }`
    const good = '{ cert: chain.pem, key: key.pem }'
    for (const list of [[weak], [good, weak], [weak, good]]) {
      const problems = home.problems(config(`{ certificates: [${list.join(', ')}] }`))
      t.match(problems, [
        /weak\.pem: OpenSSL refuses the certificate \(ee key too small\); have one issued/,
      ])
    }
  })

  t.test('clientCa has whole authorities and nothing else', async t => {
    const crl = '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'
    const rows: readonly [what: string, text: string, problem: RegExp][] = [
      [
        'a list of revoked certificates',
        `${authority.cert}${crl}`,
        /more than certificates \(X509 CRL\)/,
      ],
      [
        'a private key',
        `${authority.cert}${authority.key}`,
        /more than certificates \(PRIVATE KEY\)/,
      ],
      [
        'a certificate that is cut off',
        `${authority.cert}${between.cert.slice(0, 200)}`,
        /2 certificates begin in it, and 1 end/,
      ],
      [
        'an intermediate without its root',
        between.cert,
        /holds Between, and not the authority that has issued it \(Test authority\)/,
      ],
    ]
    for (const [what, text, problem] of rows) {
      put('fronts.pem', Buffer.from(text))
      t.match(
        home.problems(config('{ cert: chain.pem, key: key.pem, clientCa: fronts.pem }')).join(),
        problem,
        what,
      )
    }
    put('fronts.pem', Buffer.from(`${between.cert}${authority.cert}`))
    t.strictSame(
      home.problems(config('{ cert: chain.pem, key: key.pem, clientCa: fronts.pem }')),
      [],
    )
  })
})

t.test('fronts that are proven by a socket or a certificate', async t => {
  const home = openConfigHome(t)
  const load = (text: string) =>
    [...home.load(`${text}\n${allow}`).problems, ...home.load(`${text}\n${allow}`).warnings]
      .map(({ path, message }) => `${path} ${message}`)
      .join('\n')
  const socket = 'listen: [{ socket: /run/photogate/gate.sock }]'
  t.equal(load(`${socket}\nproxies: [unix, 172.16.0.1]`), '')
  const rows: readonly [string, RegExp][] = [
    [socket, /listen\[0\]\.socket has no client addresses: .*; ?|add unix to proxies/],
    ['proxies: unix', /proxies has no effect: no entry of listen is a socket/],
    [
      'listen: [{ socket: /run/g.sock, mode: "0666" }]\nproxies: [unix]',
      /proxies\[0\] believes every program on this machine/,
    ],
    ['listen: [{ socket: gate.sock }]\nproxies: [unix]', /socket "gate\.sock" is not a whole path/],
    ['listen: [{ socket: /run/g.sock, mode: 0660 }]\nproxies: [unix]', /mode .*"0?660"/],
    [
      'listen: [{ socket: /run/g.sock, mode: "0999" }]\nproxies: [unix]',
      /mode "0999" is not a mode/,
    ],
    [
      'listen: [{ socket: /run/g.sock }, { socket: /run/g.sock }]\nproxies: [unix]',
      /listen\[1\] is listen\[0\] again/,
    ],
    ['listen: [{ socket: /run/g.sock, port: 80 }]\nproxies: [unix]', /listen\[0\]\.port|together/],
    [
      'proxies: ["cert:CN=ihs.acme.example"]',
      /proxies\[0\] "cert:CN=ihs\.acme\.example" is verified by no listener; add clientCa/,
    ],
    ['proxies: ["cert:CN=*.acme.example"]', /has a wildcard/],
    ['proxies: ["cert:CN=.acme.example"]', /begins or ends with a dot/],
    ['proxies: ["cert:CN=10.0.0.5"]', /is an address/],
    [`listen: [{ socket: /${'x'.repeat(110)} }]\nproxies: [unix]`, /longer than 107 bytes/],
    ["listen: [{ socket: '\\gate.sock' }]\nproxies: [unix]", /is not a whole path/],
    ['proxies: ["cert:CN="]', /has no name/],
    ['proxies: ["cert:ihs.acme.example"]', /write cert:CN=ihs\.acme\.example/],
    ['proxies: ["cert:CN=ihs,O=Acme"]', /write the CN alone/],
    ['proxies: [UNIX]', /write unix/],
    ['proxies: ["unix:/run/g.sock"]', /write unix/],
  ]
  for (const [text, problem] of rows) t.match(load(text), problem, text)
})
