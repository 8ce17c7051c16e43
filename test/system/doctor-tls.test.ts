// The logs that a real Apache and a real nginx write of old clients, weak suites and refused handshakes.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { Certificates } from '../fixtures/certificates.ts'
import { makeCertificates } from '../fixtures/certificates.ts'
import {
  findFreePort,
  findProgram,
  makeDirectory,
  startProgram,
  stopProgram,
} from '../fixtures/process.ts'
import { readTlsLogs, seenOf } from '../fixtures/tls-logs.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

interface Started {
  /** Allows everything that OpenSSL still has. */
  readonly old: number
  /** Allows TLS 1.2 and newer. */
  readonly strict: number
  readonly accessLogs: readonly string[]
  readonly errorLog: string
  /** mod_ssl never allows suites without encryption, and OpenSSL has no other weak ones any more. */
  readonly hasWeakSuites: boolean
  stop(): Promise<void>
}

const isRoot = userInfo().uid === 0

async function startApache(
  t: Test,
  { certificateFile, keyFile }: Certificates,
): Promise<Started | undefined> {
  const program = findProgram(t, 'apache2')
  if (program === undefined) return undefined
  const home = makeDirectory(t)
  chmodSync(home, 0o755)
  const [old, strict] = [await findFreePort(), await findFreePort()]
  const modules = ['mpm_event', 'authz_core', 'ssl', 'socache_shmcb']
  const host = (port: number, lines: string) => `Listen 127.0.0.1:${port}
<VirtualHost 127.0.0.1:${port}>
SSLEngine on
SSLCertificateFile ${certificateFile}
SSLCertificateKeyFile ${keyFile}
${lines}
</VirtualHost>`
  writeFileSync(
    join(home, 'httpd.conf'),
    `ServerRoot ${home}
PidFile ${home}/pid
ServerName localhost
${isRoot ? 'User www-data\nGroup www-data' : ''}
${modules.map(name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
LogLevel ssl:info
ErrorLog ${home}/error.log
LogFormat "%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\" %{SSL_PROTOCOL}x %{SSL_CIPHER}x" tls
CustomLog ${home}/tls.log tls
CustomLog ${home}/ssl_request.log "%t %h %{SSL_PROTOCOL}x %{SSL_CIPHER}x \\"%r\\" %b"
${host(old, 'SSLProtocol all -SSLv3\nSSLCipherSuite ALL:eNULL:@SECLEVEL=0')}
${host(strict, 'SSLProtocol -all +TLSv1.2 +TLSv1.3')}
`,
  )
  const child = await startProgram(t, [program, '-f', join(home, 'httpd.conf'), '-DFOREGROUND'], {
    port: old,
  })
  return {
    ...{ old, strict, errorLog: join(home, 'error.log') },
    accessLogs: [join(home, 'tls.log'), join(home, 'ssl_request.log')],
    hasWeakSuites: false,
    stop: () => stopProgram(child),
  }
}

async function startNginx(
  t: Test,
  { certificateFile, keyFile }: Certificates,
): Promise<Started | undefined> {
  const program = findProgram(t, 'nginx')
  if (program === undefined) return undefined
  const home = makeDirectory(t)
  chmodSync(home, 0o755)
  const [old, strict] = [await findFreePort(), await findFreePort()]
  const server = (port: number, lines: string) => `server {
  listen 127.0.0.1:${port} ssl;
  ssl_certificate ${certificateFile}; ssl_certificate_key ${keyFile};
  ${lines}
  return 204;
}`
  writeFileSync(
    join(home, 'nginx.conf'),
    `daemon off; pid ${home}/pid; error_log ${home}/error.log info;
${isRoot ? 'user www-data;' : ''}
events {}
http {
  log_format tls '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                 '"$http_referer" "$http_user_agent" $ssl_protocol $ssl_cipher';
  log_format js escape=json '{"time_iso8601":"$time_iso8601","remote_addr":"$remote_addr","request":"$request","http_user_agent":"$http_user_agent","ssl_protocol":"$ssl_protocol","ssl_cipher":"$ssl_cipher"}';
  access_log ${home}/tls.log tls;
  access_log ${home}/json.log js;
  ${server(old, 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:eNULL:@SECLEVEL=0;')}
  ${server(strict, 'ssl_protocols TLSv1.2 TLSv1.3;')}
}
`,
  )
  const command = [program, '-c', join(home, 'nginx.conf'), '-e', join(home, 'error.log')]
  const child = await startProgram(t, command, { port: old })
  return {
    ...{ old, strict, errorLog: join(home, 'error.log') },
    accessLogs: [join(home, 'tls.log'), join(home, 'json.log')],
    hasWeakSuites: true,
    stop: () => stopProgram(child),
  }
}

const request = (agent: string, path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ${agent}\r\nConnection: close\r\n\r\n`

function ask(
  openssl: string,
  port: number,
  { options, text }: { options: readonly string[]; text: string },
): void {
  const args = ['s_client', '-connect', `127.0.0.1:${port}`, '-quiet', ...options]
  spawnSync(openssl, args, { input: text, timeout: 5_000 })
}

const linesOf = (file: string) => (existsSync(file) ? readFileSync(file, 'latin1').split('\n') : [])
const tls10 = ['-tls1', '-cipher', 'ALL:@SECLEVEL=0']
const plainText = ['-tls1_2', '-cipher', 'ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0']

for (const [name, start] of [
  ['Apache', startApache],
  ['nginx', startNginx],
] as const) {
  t.test(
    `${name}: old clients, weak suites and refused handshakes are found in its own logs`,
    async t => {
      const openssl = findProgram(t, 'openssl')
      const certificates = makeCertificates(t)
      if (openssl === undefined || certificates === undefined) return
      const server = await start(t, certificates)
      if (server === undefined) return
      const modern = { options: ['-tls1_2'], text: request('curl/8.0', '/activities/x') }
      ask(openssl, server.old, modern)
      await waitUntil(() => server.accessLogs.every(file => linesOf(file).length > 1))
      for (const file of server.accessLogs) {
        const clean = readTlsLogs({ access: linesOf(file), error: linesOf(server.errorLog) })
        t.strictSame(clean.findings, [], `clean: ${file}`)
        t.match(clean.fine, [/^1 of 1 request over TLS/, /./])
      }
      ask(openssl, server.old, { options: tls10, text: request('Java/1.6.0_45', '/files/x?y=z') })
      const weak = server.hasWeakSuites ? ['tls-weak-cipher'] : []
      if (weak.length > 0)
        ask(openssl, server.old, { options: plainText, text: request('curl/7.29.0', '/dm/x') })
      ask(openssl, server.strict, { options: tls10, text: request('Java/1.6.0_45', '/files/x') })
      await waitUntil(() => server.accessLogs.every(file => linesOf(file).length > 2 + weak.length))
      await server.stop()
      const logs = server.accessLogs.map(file => ({
        file,
        found: readTlsLogs({ access: linesOf(file), error: linesOf(server.errorLog) }),
      }))
      for (const { file, found } of logs) {
        t.strictSame(found.codes, ['tls-refused-client', 'tls-old-client', ...weak], file)
        t.match(
          seenOf(found, 'tls-refused-client'),
          /refused 1 handshake of 1 client[\s\S]*Clients: 127\.0\.0\.1 \(1\)/,
        )
        t.match(
          seenOf(found, 'tls-old-client'),
          /spoke TLS 1\.0: 1 request of 1 client[\s\S]*URLs: \/files\/ 1\./,
        )
        if (weak.length > 0)
          t.match(seenOf(found, 'tls-weak-cipher'), /no encryption\) with TLS 1\.2[\s\S]*NULL-SHA/)
      }
      t.match(
        seenOf(logs[0]?.found ?? { findings: [], fine: [], unknown: [] }, 'tls-old-client'),
        /^Java 1\.6 /,
      )
    },
  )
}
