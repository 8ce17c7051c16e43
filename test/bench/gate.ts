// The gate as it is deployed: built, configured by a file, with its log in a file.
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeKeys, writeSecret } from '../fixtures/key-files.ts'
import { writeCertificate } from './certificate.ts'
import type { Server } from './server.ts'
import { signInPage } from './server.ts'
import { benchIssuer } from './tokens.ts'

export const gate: Server = {
  title: 'photogate',
  versionCommand: [process.execPath, 'dist/cli.js', '--version'],
  configure: ({ home, photos, port, setting }) => {
    const blocks = setting.networks.map(({ block }) => block.replace('/32', ''))
    writeFileSync(join(home, 'networks.txt'), `${blocks.join('\n')}\n`)
    const file = join(home, 'photogate.yaml')
    const ltpa = setting.isVerifying
      ? `ltpa: { keys: [${writeKeys(home, 'ltpa', benchIssuer())}] }`
      : ''
    const signedIn = setting.isVerifying
      ? 'ltpa: verified'
      : 'cookie: [LtpaToken2, LtpaToken, "STPluginActivePage=stMeetingroom*"]'
    const counting = setting.counting === undefined ? '' : `, ${setting.counting}`
    if (setting.redisPort !== undefined)
      writeSecret(join(home, 'ledger.secret'), randomBytes(32).toString('base64'))
    const ledger =
      setting.redisPort === undefined
        ? ''
        : `ledger: { redis: "redis://127.0.0.1:${setting.redisPort}", secretFile: ledger.secret }`
    const { certFile, keyFile } = setting.isTls
      ? writeCertificate(home)
      : { certFile: '', keyFile: '' }
    const tls = setting.isTls ? `, tls: { cert: ${certFile}, key: ${keyFile} }` : ''
    writeFileSync(
      file,
      `listen: [{ host: 127.0.0.1, port: ${port}${tls} }]
${setting.isWatched ? 'admin: { port: 0 }' : ''}
${setting.isBehindFront ? 'proxies: [127.0.0.1]' : ''}
photos: { directory: ${JSON.stringify(photos)}, cache: ${setting.cache} }
networks: { offices: { file: networks.txt } }
${ltpa}
${ledger}
allow:
  - { name: signed-in, ${signedIn}${counting} }
  - { name: offices, from: [offices] }
otherwise: { redirect: ${signInPage} }
`,
    )
    return [process.execPath, 'dist/cli.js', 'serve', '--config', file]
  },
}
