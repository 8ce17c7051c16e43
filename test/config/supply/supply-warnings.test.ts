// The photo supply of the configuration: what is legal and risky.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../../src/config/load.ts'
import { makeDirectory } from '../../fixtures/process.ts'
import {
  beside,
  connections,
  first,
  ldap,
  of,
  openSupplyConfig,
  whole,
} from '../../fixtures/supply-config.ts'

const config = openSupplyConfig(t)
const { home } = config

t.test('legal but risky settings are warned about', async t => {
  const gone = (name: string) => ` cannot be read now: ${name} is not there`
  const clear = 'sends the password in the clear; write ldaps://, or startTls: true'
  const account = 'base: a, bind: b, passwordFile: ldap.pw'
  const rows: [string, string, string[]][] = [
    ['no warning, without a risk', whole, []],
    ['a missing folder', of('{ folder: away }'), [first(31, `.folder${gone('away')}`)]],
    [
      'a dump and its people',
      of('{ tdiDump: away, people: away.csv }'),
      [first(32, `.tdiDump${gone('away')}`), first(46, `.people${gone('away.csv')}`)],
    ],
    [
      'files of ldap',
      of(`{ ca: away.pem, passwordFile: away.pw, bind: a, ${ldap} }`),
      [first(51, `.passwordFile${gone('away.pw')}`), first(27, `.ca${gone('away.pem')}`)],
    ],
    [
      'files of connections',
      of(
        `{ ca: a.pem, greyImage: a.gif, people: a.csv, user: a, passwordFile: a.pw, connections: "https://h" }`,
      ),
      [
        first(60, `.people${gone('a.csv')}`),
        first(90, `.passwordFile${gone('a.pw')}`),
        first(45, `.greyImage${gone('a.gif')}`),
        first(27, `.ca${gone('a.pem')}`),
      ],
    ],
    [
      'files of sftp',
      of(`{ keyFile: a, passphraseFile: b, knownHosts: c, people: d, sftp: "sftp://u@h" }`),
      [
        first(32, `.keyFile${gone('a')}`),
        first(51, `.passphraseFile${gone('b')}`),
        first(66, `.knownHosts${gone('c')}`),
        first(77, `.people${gone('d')}`),
      ],
    ],
    [
      'a password over ldap://',
      of(`{ ldap: "ldap://h", ${account} }`),
      [first(29, `.ldap ${clear}`)],
    ],
    ['… but not with startTls', of(`{ ldap: "ldap://h", ${account}, startTls: true }`), []],
    ['… nor without a password', of('{ ldap: "ldap://h", base: a }'), []],
    ['… nor over ldaps:// in any case', of(`{ ldap: "LDAPS://h", ${account} }`), []],
    [
      'http://',
      of(`{ connections: "HTTP://h", ${connections} }`),
      [first(36, '.connections sends the password in the clear; write https://')],
    ],
    [
      'more than Sametime shows',
      beside('fit: { maxBytes: 45KiB }'),
      [
        'photogate.yaml:2:57 supply.fit.maxBytes "45KiB" is more than Sametime shows (HCL: under 45 KB); write 45KB',
      ],
    ],
  ]
  for (const [what, text, warnings] of rows) {
    await t.test(what, async t => {
      t.strictSame(home.warnings(text), warnings)
    })
  }
})

t.test(
  'secrets that others can read are warned about, and files are read only when asked',
  async t => {
    if (process.platform === 'win32') {
      t.pass('Windows keeps rights elsewhere', { skip: true })
      return
    }
    const home = makeDirectory(t)
    const file = join(home, 'photogate.yaml')
    for (const name of ['k', 'p', 'h']) writeFileSync(join(home, name), '', { mode: 0o644 })
    mkdirSync(join(home, 'photos'))
    writeFileSync(
      file,
      'allow: [{ name: in, from: 10.0.0.0/8 }]\nsupply: { sources: [{ sftp: "sftp://u@h/x", keyFile: k, passphraseFile: p, knownHosts: h }, { folder: gone }] }',
    )
    const warned = loadConfig({ env: {}, file }).warnings.map(
      ({ path, message }) => `${path} ${message}`,
    )
    t.match(warned, [
      /keyFile k can be read by everybody on this machine; chmod o= it/,
      /passphraseFile p can be read/,
      /folder cannot be read now/,
    ])
    t.equal(warned.length, 3)
    t.strictSame(loadConfig({ env: {}, file, looksAtSources: false }).warnings, [])
  },
)
