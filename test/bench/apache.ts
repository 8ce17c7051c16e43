// Apache with the RewriteCond block of the forum post, and otherwise as Debian configures it, with only the
// modules that the block needs.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tls12Ciphers, writeCertificate } from './certificate.ts'
import type { Server } from './server.ts'
import { rootsUser, signInPage } from './server.ts'

const modules = ['mpm_event', 'authz_core', 'mime', 'rewrite']

// Debian's logs and cache of sessions for TLS are left out: tickets resume them.
function tlsLines(home: string): string {
  const { certFile, keyFile } = writeCertificate(home)
  return `  SSLEngine on
  SSLCertificateFile ${certFile}
  SSLCertificateKeyFile ${keyFile}
  SSLProtocol -all +TLSv1.2 +TLSv1.3
  SSLCipherSuite ${tls12Ciphers}
  SSLHonorCipherOrder on`
}

export const apache: Server = {
  title: 'Apache',
  versionCommand: ['apache2', '-v'],
  configure: ({ home, photos, port, setting }) => {
    const file = join(home, 'apache.conf')
    writeFileSync(join(home, 'mime.types'), 'image/jpeg jpg\n')
    const used = setting.isTls ? [...modules, 'ssl'] : modules
    const load = used.map(
      name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
    )
    const conditions = setting.networks.map(({ regex }) => `  RewriteCond %{REMOTE_ADDR} !${regex}`)
    writeFileSync(
      file,
      `ServerRoot "${home}"
ServerName photos.acme.example
PidFile apache.pid
${rootsUser === undefined ? '' : `User ${rootsUser}\nGroup ${rootsUser}`}
${load.join('\n')}
TypesConfig mime.types
ErrorLog error.log
# Debian has 25 threads a child. With fewer threads than connections, and with children that come and go,
# Apache closes connections that the client still uses, and here no client may open one anew.
StartServers 2
MinSpareThreads 25
MaxSpareThreads 192
ThreadLimit 64
ThreadsPerChild 64
MaxRequestWorkers 128
MaxConnectionsPerChild 0
Timeout 300
KeepAlive On
KeepAliveTimeout 5
# Debian has 100.
MaxKeepAliveRequests 0
LogFormat "%h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\"" combined
<Directory />
  Options FollowSymLinks
  AllowOverride None
  Require all denied
</Directory>
<Directory "${photos}">
  Require all granted
</Directory>
Listen 127.0.0.1:${port}
<VirtualHost *:${port}>
  DocumentRoot "${photos}"
${setting.isTls ? tlsLines(home) : ''}
  CustomLog access.log combined
  RewriteEngine On
  RewriteCond %{HTTP_COOKIE} !LtpaToken2=.*$ [NC]
  RewriteCond %{HTTP_COOKIE} !LtpaToken=.*$ [NC]
  RewriteCond %{HTTP_COOKIE} !STPluginActivePage=stMeetingroom [NC]
${conditions.join('\n')}
  RewriteRule ^(.*)$ ${signInPage} [R,L]
</VirtualHost>
`,
    )
    return ['apache2', '-D', 'FOREGROUND', '-f', file]
  },
}
