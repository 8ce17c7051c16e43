// Lock and key of CCM's cache in a real Apache: what doctor says of each block is what Apache answers. mod_ibm_local_redirect
// is IBM's; ErrorDocument makes the same kind of internal redirect, after which variables begin with REDIRECT_.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readHttpdConfig } from '../../src/convert/httpd/config.ts'
import { checkLock } from '../../src/doctor/ccm/check-lock.ts'
import { findParts } from '../../src/doctor/ccm/download-parts.ts'
import { scopesOf } from '../../src/doctor/ccm/httpd-scope.ts'
import { startOldApache } from '../fixtures/apache.ts'
import { ask } from '../fixtures/client.ts'
import { makeDirectory } from '../fixtures/process.ts'

const key = 'SetEnv LIBRARIES_CONTENT true'
const lock = 'Allow from env=REDIRECT_LIBRARIES_CONTENT'
const denying = 'Order Deny,Allow\nDeny from all'

// What stands in <Directory>, and in <Location /dm>. The folder around lets everybody in.
const blocks: Record<string, readonly [folder: string, location: string, beside?: string]> = {
  'lock and key': [`${denying}\n${lock}`, key],
  'lower case': ['order deny,allow\ndeny from all\nallow from env=redirect_libraries_content', key],
  'Require env': ['Require env REDIRECT_LIBRARIES_CONTENT', key],
  'a lock without a key': [`${denying}\n${lock}`, ''],
  'a key without a lock': [denying, key],
  'a request header': [denying, 'RequestHeader append LIBRARIES_CONTENT true'],
  'a request header and a lock': [
    `${denying}\n${lock}`,
    'RequestHeader append LIBRARIES_CONTENT true',
  ],
  'without REDIRECT_': [`${denying}\nAllow from env=LIBRARIES_CONTENT`, key],
  'Deny last': [`Order Allow,Deny\nDeny from all\n${lock}`, key],
  'mutual failure': [`Order mutual-failure\nDeny from all\n${lock}`, key],
  'Require all denied beside': [`${denying}\n${lock}\nRequire all denied`, key],
  'Require env beside Deny': [`${denying}\nRequire env REDIRECT_LIBRARIES_CONTENT`, key],
  'both ways': [`${denying}\n${lock}\nRequire env REDIRECT_LIBRARIES_CONTENT`, key],
  'Satisfy Any': [`${denying}\n${lock}\nSatisfy Any`, key],
  'Satisfy Any with Require env': [
    `${denying}\nSatisfy Any\nRequire env REDIRECT_LIBRARIES_CONTENT`,
    key,
  ],
  'Satisfy Any with Require all granted': [
    `${denying}\n${lock}\nSatisfy Any\nRequire all granted`,
    key,
  ],
  nothing: ['', key],
  'Order alone': ['Order Deny,Allow', key],
  'the other Order alone': ['Order Allow,Deny', key],
  'Allow from all': ['Order Allow,Deny\nAllow from all', key],
  'not env': [
    '<RequireAll>\nRequire all granted\nRequire not env REDIRECT_LIBRARIES_CONTENT\n</RequireAll>',
    key,
  ],
  'any of two': [
    '<RequireAny>\nRequire env REDIRECT_OTHER REDIRECT_LIBRARIES_CONTENT\nRequire all denied\n</RequireAny>',
    key,
  ],
  'env that is not set': [`${denying}\nAllow from env=!REDIRECT_LIBRARIES_CONTENT`, key],
  'a Location that opens it': [
    `${denying}\n${lock}`,
    key,
    '<Location /library_content_cache>\nOrder Allow,Deny\nAllow from all\n</Location>',
  ],
  'a Location that closes all': [
    `${denying}\n${lock}`,
    key,
    '<Location />\nOrder Deny,Allow\nDeny from all\n</Location>',
  ],
}

t.test('doctor says of each block what Apache answers', async t => {
  const home = makeDirectory(t)
  const names = Object.keys(blocks)
  for (const at of names.keys()) {
    mkdirSync(join(home, `ccmcache${at}`))
    writeFileSync(join(home, `ccmcache${at}`, 'x.txt'), 'a document')
  }
  const apache = await startOldApache(
    t,
    home,
    (port, folder) =>
      Object.values(blocks)
        .map(
          ([inside, location, beside = ''], at) => `<VirtualHost 127.0.0.1:${port}>
ServerName h${at}.acme.example
DocumentRoot ${folder}
Alias /library_content_cache "${folder}/ccmcache${at}"
<Directory "${folder}/ccmcache${at}">
${inside}
</Directory>
<Location /dm>
ErrorDocument 404 /library_content_cache/x.txt
${location}
</Location>
${beside}
</VirtualHost>
`,
        )
        .join(''),
    { modules: ['env', 'headers'] },
  )
  if (apache === undefined) return
  const { scopes } = scopesOf(readHttpdConfig(apache.file).directives)
  for (const [at, name] of names.entries()) {
    const scope = scopes[at + 1]
    if (scope === undefined) throw new Error('a host is missing')
    const { findings, unknown } = checkLock(findParts(scope, { roots: [], assumed: false }))
    const headers = { host: `h${at}.acme.example` }
    const handed = await ask(apache.port, '/dm/a', { headers })
    const direct = await ask(apache.port, '/library_content_cache/x.txt', { headers })
    const isClosed = !handed.body.toString().includes('a document')
    t.strictSame(unknown, [], name)
    t.strictSame(
      findings.map(({ effect }) => effect).toSorted(),
      [...(isClosed ? ['breaks'] : []), ...(direct.status === 200 ? ['opens'] : [])],
      `${name}: ${handed.status} ${isClosed}, ${direct.status}; ${findings.map(({ code }) => code)}`,
    )
  }
})
