// Photos from a real OpenSSH server: the right ones from the right server, and every wait ends.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { SftpSettings } from '../../src/config/supply/settings.ts'
import { openSftp } from '../../src/supply/source/files/photo-folder.ts'
import type { SftpTreeOptions } from '../../src/supply/source/files/sftp-tree.ts'
import { openSftpTree } from '../../src/supply/source/files/sftp-tree.ts'
import type { Person } from '../../src/supply/source/source.ts'
import { jpegOf, png } from '../fixtures/images.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { closing, fetchAll, listAll } from '../fixtures/source.ts'
import { connectionsOf, makeKey, startSshd } from '../fixtures/sshd.ts'
import { writeTdiDump } from '../fixtures/tdi-dump.ts'

const open = (t: Test, settings: SftpSettings, options: SftpTreeOptions = {}) =>
  closing(t, openSftp(settings, options))

const source = { name: 'SourceError', scope: 'source' } as const

function put(folder: string, name: string, bytes: Buffer, secondsAgo = 100_000) {
  const seconds = Math.floor(Date.now() / 1000) - secondsAgo
  writeFileSync(join(folder, name), bytes)
  utimesSync(join(folder, name), seconds, seconds)
}

t.test('a server with another key than the known one is not asked for anything', async t => {
  const sshd = await startSshd(t)
  if (sshd === undefined) return
  const { settings, home, port } = sshd
  makeKey(join(home, 'other'), {})
  const other = readFileSync(join(home, 'other.pub'), 'utf8').trim()
  const key = sshd.hostKey('ed25519')
  const shown = execFileSync('ssh-keygen', ['-l', '-f', join(home, 'host_ed25519.pub')], {
    encoding: 'utf8',
  }).split(' ')[1] as string
  const name = `[127.0.0.1]:${port}`
  const rows: [title: string, lines: string, message: string][] = [
    ['another key', `${name} ${other}`, `, and ${home}/known_hosts has SHA256:`],
    ['nothing known', '', `, and ${home}/known_hosts has none for ${name}`],
    [
      'another port',
      `127.0.0.1 ${key}\n[127.0.0.1]:1 ${key}`,
      `, and ${home}/known_hosts has none for ${name}`,
    ],
    ['a revoked key', `${name} ${key}\n@revoked * ${key}`, `, which ${home}/known_hosts revokes`],
  ]
  for (const [title, lines, message] of rows) {
    await t.test(title, async t => {
      writeFileSync(join(home, 'known_hosts'), `${lines}\n`)
      const error = await listAll(open(t, settings)).catch(error => error)
      t.match(error, {
        ...source,
        message: `sftp server 127.0.0.1:${port} shows the ssh-ed25519 key ${shown}${message}`,
      })
    })
  }
})

t.test('a server is known by any of its keys that is listed, also hashed', async t => {
  const sshd = await startSshd(t, { hostKeys: ['ed25519', 'ecdsa', 'rsa'] })
  if (sshd === undefined) return
  const { settings, home, port, folder } = sshd
  const knownHosts = join(home, 'known_hosts')
  put(folder, 'joe@x.jpg', jpegOf('joe'))
  for (const type of ['ed25519', 'ecdsa', 'rsa'] as const) {
    await t.test(type, async t => {
      writeFileSync(knownHosts, `[127.0.0.1]:${port} ${sshd.hostKey(type)}\n`)
      execFileSync('ssh-keygen', ['-q', '-H', '-f', knownHosts], { stdio: 'ignore' })
      t.match(readFileSync(knownHosts, 'utf8'), /^\|1\|/)
      t.equal((await listAll(open(t, settings))).persons.length, 1)
    })
  }
  await t.test('and not by a type of key that it does not have', async t => {
    const lacking = await startSshd(t, { hostKeys: ['rsa'] })
    if (lacking === undefined) return
    writeFileSync(
      lacking.settings.knownHosts,
      `[127.0.0.1]:${lacking.port} ${sshd.hostKey('ed25519')}\n`,
    )
    await t.rejects(listAll(open(t, lacking.settings)), {
      ...source,
      message: /has no host key for ssh-ed25519, which/,
    })
  })
})

t.test('the message about an unusable key names its file, and holds no secret', async t => {
  const sshd = await startSshd(t)
  if (sshd === undefined) return
  const { home, settings } = sshd
  const path = (name: string) => join(home, name)
  const passphrase = 'open sesame 1234'
  makeKey(path('stranger'), {})
  makeKey(path('locked'), { passphrase })
  makeKey(path('locked_rsa'), { passphrase, type: 'rsa', args: ['-m', 'PEM'] })
  writeFileSync(path('words'), 'no key at all')
  writeFileSync(path('wrong.pw'), 'open barley 5678\n')
  writeFileSync(path('two.pw'), `${passphrase}\n${passphrase}\n`)
  const rows: [
    title: string,
    keyFile: string,
    passphraseFile: string | undefined,
    message: string,
  ][] = [
    [
      'a stranger',
      'stranger',
      undefined,
      `does not accept keyFile ${path('stranger')} for ${settings.user}; put what ssh-keygen -y`,
    ],
    [
      'no file',
      'missing',
      undefined,
      `keyFile ${path('missing')} cannot be read: ${path('missing')} is not there`,
    ],
    [
      'no key',
      'words',
      undefined,
      `keyFile ${path('words')} is not a private key of a kind that is known`,
    ],
    [
      'locked',
      'locked',
      undefined,
      `keyFile ${path('locked')} is encrypted; write its passphrase in a file`,
    ],
    [
      'locked in PEM',
      'locked_rsa',
      undefined,
      `keyFile ${path('locked_rsa')} is encrypted; write its passphrase in a file`,
    ],
    [
      'the wrong passphrase',
      'locked',
      'wrong.pw',
      `keyFile ${path('locked')} cannot be opened with the passphrase in ${path('wrong.pw')}`,
    ],
    [
      'the wrong passphrase in PEM',
      'locked_rsa',
      'wrong.pw',
      `keyFile ${path('locked_rsa')} cannot be opened with the passphrase in`,
    ],
    ['two lines', 'locked', 'two.pw', `passphraseFile ${path('two.pw')} has more than one line`],
    [
      'no passphrase file',
      'locked',
      'none.pw',
      `passphraseFile ${path('none.pw')} cannot be read: ${path('none.pw')} is not there`,
    ],
  ]
  for (const [title, keyFile, passphraseFile, message] of rows) {
    await t.test(title, async t => {
      const passphrasePath = passphraseFile && path(passphraseFile)
      const opened = open(t, {
        ...settings,
        keyFile: path(keyFile),
        passphraseFile: passphrasePath,
      })
      const error = await listAll(opened).catch(error => error)
      t.match(error, { ...source, message })
      t.notMatch(`${error} ${error.cause} ${error.stack}`, /sesame|barley|PRIVATE KEY/)
    })
  }
})

t.test(
  'an encrypted key opens with its passphrase, and rights that are too wide are reported',
  async t => {
    const sshd = await startSshd(t)
    if (sshd === undefined) return
    const { home, settings, folder } = sshd
    put(folder, 'joe@x.jpg', jpegOf('joe'))
    const keys: [name: string, how: Parameters<typeof makeKey>[1]][] = [
      ['ed25519', {}],
      ['rsa', { type: 'rsa' }],
      ['pem', { type: 'rsa', args: ['-m', 'PEM'] }],
      ['ecdsa', { type: 'ecdsa' }],
    ]
    const passphraseFile = join(home, 'key.pw')
    writeFileSync(passphraseFile, 'open sesame\n')
    chmodSync(passphraseFile, 0o600)
    for (const [name, how] of keys) {
      await t.test(name, async t => {
        const keyFile = join(home, `locked_${name}`)
        makeKey(keyFile, { ...how, passphrase: 'open sesame' })
        writeFileSync(join(home, 'authorized_keys'), readFileSync(`${keyFile}.pub`))
        const { persons, troubles } = await listAll(
          open(t, { ...settings, keyFile, passphraseFile }),
        )
        t.equal(persons.length, 1)
        t.same(troubles, [])
        chmodSync(keyFile, 0o644)
        const wide = await listAll(open(t, { ...settings, keyFile, passphraseFile }))
        t.match(wide.troubles, [/can be read by everybody on this machine; chmod o= it$/])
      })
    }
  },
)

t.test('a server that cannot be reached, or never answers, is given up', async t => {
  const sshd = await startSshd(t)
  if (sshd === undefined) return
  const silent = createServer(socket => socket.on('error', () => {}))
  const closed = createServer(socket => socket.destroy())
  for (const server of [silent, closed]) {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    t.teardown(() => server.close())
  }
  const portOf = (server: typeof silent) => (server.address() as { port: number }).port
  const ask = (port: number, host = '127.0.0.1') =>
    listAll(open(t, { ...sshd.settings, port, host }, { connectMs: 500 })).catch(error => error)
  t.match(await ask(1), {
    ...source,
    message: /^sftp server 127\.0\.0\.1:1 cannot be reached: connect ECONNREFUSED/,
  })
  t.match(await ask(portOf(silent)), { ...source, message: /no answer within 0\.5 s|Timed out/ })
  t.match(await ask(portOf(closed)), { ...source, message: /cannot be connected to|was lost/ })
  t.match(await ask(22, 'nowhere.invalid'), {
    ...source,
    message: /cannot be reached: getaddrinfo/,
  })
})

t.test('a folder that is missing, or that the user may not read, is reported', async t => {
  const sshd = await startSshd(t)
  if (sshd === undefined) return
  const folder = `${sshd.folder}/none`
  await t.rejects(listAll(open(t, { ...sshd.settings, folder })), {
    ...source,
    message: `folder ${folder} of sftp://${sshd.settings.user}@127.0.0.1:${sshd.port} is not there; sftp: names the folder`,
  })
  writeFileSync(folder, '')
  await t.rejects(listAll(open(t, { ...sshd.settings, folder })), source)
})

t.test('a file that is not regular, or too large, is not read, and delays no other', async t => {
  const sshd = await startSshd(t)
  if (sshd === undefined) return
  const { folder, settings } = sshd
  const path = (name: string) => join(folder, name)
  put(folder, 'sue@x.jpg', jpegOf('sue'))
  symlinkSync('sue@x.jpg', path('link@x.jpg'))
  execFileSync('mkfifo', [path('fifo@x.jpg')])
  mkdirSync(path('dir@x.jpg'))
  writeFileSync(path('huge@x.jpg'), '')
  truncateSync(path('huge@x.jpg'), 1e10)
  writeFileSync(
    Buffer.concat([Buffer.from(path('j')), Buffer.from([0xfc]), Buffer.from('@x.jpg')]),
    'x',
  )
  const opened = open(t, settings)
  const { persons, troubles } = await listAll(opened)
  const where = `sftp://${settings.user}@127.0.0.1:${sshd.port}${folder}`
  t.same(troubles.toSorted(), [
    `${where}/dir@x.jpg is not a regular file`,
    `${where}/fifo@x.jpg is not a regular file`,
    `${where}/huge@x.jpg is larger than 20971520 bytes`,
    `${where}/j\ufffd@x.jpg has a name that is not UTF-8`,
    `${where}/link@x.jpg is a symbolic link`,
  ])
  t.same(
    persons.filter(({ photo }) => photo === 'present').map(({ key }) => key),
    ['sue@x.jpg'],
  )
  t.same((await fetchAll(opened, persons)).get('sue@x'), jpegOf('sue'))
  const huge = persons.find(({ key }) => key === 'huge@x.jpg') as Person
  await t.rejects(opened.fetch(huge, undefined), {
    name: 'SourceError',
    scope: 'person',
    message: `${where}/huge@x.jpg is larger than 20971520 bytes`,
  })
  // `/proc` reports no sizes: the bytes that are read count, not the reported size.
  const tree = openSftpTree({ ...settings, folder: '/proc/' })
  t.teardown(() => tree.close())
  t.ok((await tree.read('cpuinfo')).length > 10)
  await t.rejects(tree.read('cpuinfo', 10), {
    ...{ name: 'SourceError', scope: 'person', message: /\/proc\/cpuinfo is larger than 10 bytes/ },
  })
  await t.rejects(tree.read('../etc/hostname'), { name: 'SourceError', message: /leads elsewhere/ })
})

t.test('photos arrive whole, and have versions once they are unchanged for an hour', async t => {
  const sshd = await startSshd(t)
  if (sshd === undefined) return
  const { folder, settings, home } = sshd
  const large = jpegOf('large', 1_500_000)
  put(folder, 'Joe@x.jpg', jpegOf('joe'))
  put(folder, 'joe@x.png', png, 90_000)
  put(folder, 'large@x.jpg', large)
  put(folder, 'new@x.jpg', jpegOf('new'), 60)
  put(folder, 'none@x.webp', Buffer.alloc(0))
  const opened = open(t, settings)
  const { persons, troubles } = await listAll(opened)
  t.match(troubles, [/joe@x\.png is the newest photo of joe@x, and Joe@x\.jpg are for it too/])
  const photos = await fetchAll(opened, persons)
  t.same(photos.get('joe@x'), png)
  t.ok(photos.get('large@x')?.equals(large))
  t.same(photos.get('none@x'), Buffer.alloc(0))
  const versions = Object.fromEntries(
    persons.map(({ addresses, version }) => [addresses[0], typeof version]),
  )
  t.same(versions, {
    'joe@x': 'string',
    'large@x': 'string',
    'new@x': 'undefined',
    'none@x': 'string',
  })
  const joe = persons.find(({ addresses }) => addresses[0] === 'joe@x') as Person
  t.same(await opened.fetch(joe, joe.version), { kind: 'unchanged' })
  const again = await listAll(open(t, settings))
  t.equal(again.persons.find(({ key }) => key === joe.key)?.version, joe.version)

  rmSync(join(folder, 'joe@x.png'))
  await t.rejects(opened.fetch(joe, undefined), {
    name: 'SourceError',
    scope: 'person',
    message: /joe@x\.png cannot be read: No such file/,
  })
  renameSync(folder, join(home, 'away'))
  await t.rejects(opened.fetch(joe, undefined), { ...source, message: /is not there/ })
})

t.test('a file that may not be read is an error of one person', async t => {
  const sshd = await startSshd(t)
  if (sshd === undefined) return
  // Root may read everything, so for root a directory takes the place of the file.
  put(sshd.folder, 'joe@x.jpg', jpegOf('joe'))
  const opened = open(t, sshd.settings)
  const { persons } = await listAll(opened)
  rmSync(join(sshd.folder, 'joe@x.jpg'))
  mkdirSync(join(sshd.folder, 'joe@x.jpg'))
  if (process.getuid?.() !== 0) chmodSync(join(sshd.folder, 'joe@x.jpg'), 0)
  await t.rejects(opened.fetch(persons[0] as Person, undefined), {
    name: 'SourceError',
    scope: 'person',
  })
})

t.test('a lost connection ends the run at once, also for waiting requests', async t => {
  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    await t.test(signal, async t => {
      const sshd = await startSshd(t)
      if (sshd === undefined) return
      for (let at = 0; at < 20; at++) put(sshd.folder, `p${at}@x.jpg`, jpegOf(`${at}`, 500_000))
      const opened = open(t, sshd.settings, { operationMs: 1_000 })
      const { persons } = await listAll(opened)
      const processes = connectionsOf(sshd)
      t.ok(processes.length > 0)
      const started = performance.now()
      const fetches = persons.map(person => opened.fetch(person, undefined))
      const settling = Promise.allSettled(fetches)
      signalAll(processes, signal)
      const settled = await settling
      if (signal === 'SIGSTOP') signalAll(processes, 'SIGKILL')
      t.ok(performance.now() - started < 30_000)
      const failed = settled.filter(result => result.status === 'rejected')
      t.ok(failed.length > 0)
      for (const { reason } of failed) t.match(reason, { ...source, message: /was lost: / })
      await t.rejects(opened.fetch(persons[0] as Person, undefined), source)
      await t.rejects(listAll(opened), source)
    })
  }
})

t.test('a server that does not speak SFTP, or stops speaking it, is given up', async t => {
  // A message with its length: version 3.
  const version = "printf '\\0\\0\\0\\5\\2\\0\\0\\0\\3'"
  const rows: [title: string, script: string, message: RegExp][] = [
    ['other words', 'echo hello, this is a greeting; sleep 2', /cannot be connected to|was lost/],
    ['nothing', 'exec sleep 5', /was lost: no answer within \d s/],
    ['nothing after its version', `${version}; exec sleep 5`, /was lost: no answer within \d s/],
    [
      'other words after its version',
      `${version}; sleep 0.2; echo and other words; sleep 2`,
      /was lost/,
    ],
    ['an end', 'exit 0', /cannot be connected to|was lost/],
    ['an end after its version', version, /was lost/],
  ]
  for (const [title, script, message] of rows) {
    await t.test(title, async t => {
      const subsystem = join(makeDirectory(t), 'subsystem')
      writeFileSync(subsystem, `#!/bin/sh\n${script}\n`)
      chmodSync(subsystem, 0o755)
      const sshd = await startSshd(t, { subsystem })
      if (sshd === undefined) return
      const opened = open(t, sshd.settings, { connectMs: 3_000, operationMs: 1_000 })
      await t.rejects(listAll(opened), { ...source, message })
    })
  }
})

t.test('a source that was closed, or never asked, leaves nothing open', async t => {
  const sshd = await startSshd(t)
  if (sshd === undefined) return
  put(sshd.folder, 'joe@x.jpg', jpegOf('joe'))
  const opened = openSftp(sshd.settings)
  await opened.close()
  const used = openSftp(sshd.settings)
  const { persons } = await listAll(used)
  await used.close()
  await used.close()
  await t.rejects(used.fetch(persons[0] as Person, undefined), source)
})

t.test('with people, the folder is read as a dump of TDI', async t => {
  const sshd = await startSshd(t)
  if (sshd === undefined) return
  const peopleFile = join(sshd.home, 'people.csv')
  writeFileSync(peopleFile, 'uid,mail\njoe,joe@x\nsue,sue@x\namy,amy@x\n')
  writeTdiDump(
    sshd.folder,
    ['Joe', 'Sue'].map(uid => ({ uid, bytes: jpegOf(uid) })),
  )
  const opened = open(t, { ...sshd.settings, peopleFile })
  const { persons, troubles } = await listAll(opened)
  t.same(troubles, [])
  t.same(
    persons.map(({ key, photo }) => [key, photo]),
    [
      ['joe', 'present'],
      ['sue', 'present'],
      ['amy', 'unknown'],
    ],
  )
  const photos = await fetchAll(opened, persons)
  t.same(photos.get('joe@x'), jpegOf('Joe'))
  t.same(photos.get('sue@x'), jpegOf('Sue'))
})

function signalAll(processes: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of processes) {
    try {
      process.kill(pid, signal)
    } catch {
      // It went with another.
    }
  }
}
