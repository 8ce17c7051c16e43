// Foreign text on its way to a terminal, by every command that prints some: names in httpd.conf, names of files,
// logs, people, key files and arguments.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { runVerb } from '../fixtures/command-line.ts'
import { drawJpeg } from '../fixtures/pictures.ts'
import { makeDirectory } from '../fixtures/process.ts'

// A title and colour of the terminal, the same by C1 controls, a change of direction, a line that is written over.
const evil = '\x1b]0;owned\x07\x1b[8m\u009b31m\u202e\rfine'

const httpd = `<VirtualHost *:80>
ServerName photos.acme.example
DocumentRoot /photos
RewriteEngine On
RewriteCond %{REMOTE_ADDR} !^10\\.
RewriteCond %{HTTP:X-${evil}} !^1
Evil${evil} ${evil}
RewriteRule ^ https://www.acme.example/ [R,L]
</VirtualHost>
`

async function openHome(t: Test): Promise<string> {
  const home = makeDirectory(t)
  for (const folder of ['photos', 'drop']) mkdirSync(join(home, folder))
  const picture = await drawJpeg({ seed: 1 })
  writeFileSync(join(home, 'drop', `joe${evil}@acme.example.jpg`), picture)
  writeFileSync(join(home, 'photos', 'ann@acme.example.jpg'), picture)
  writeFileSync(
    join(home, 'photogate.yaml'),
    'allow: [{ name: here, from: 127.0.0.1 }]\nsupply: { sources: [{ folder: drop }] }',
  )
  writeFileSync(join(home, `${evil}.yaml`), `allow: [{ name: ${JSON.stringify(evil)} }]`)
  writeFileSync(join(home, `${evil}.log`), `${evil}\n`)
  writeFileSync(join(home, 'httpd.conf'), httpd)
  writeFileSync(join(home, 'people.csv'), `uid,mail\njoe${evil.replace('\r', '')},x\n`)
  writeFileSync(join(home, 'evil.keys'), `com.ibm.websphere.ltpa.version=${evil}\n`)
  return home
}

t.test('no command lets an escape sequence out of foreign text reach the terminal', async t => {
  const cwd = await openHome(t)
  const rows: string[][] = [
    [evil],
    ['check', `--${evil}`],
    ['check', evil],
    ['check', `${evil}.yaml`],
    ['check', '--json', `${evil}.yaml`],
    ['serve', `${evil}.yaml`],
    ['explain', '--client', evil],
    ['explain', '--client', '10.0.0.1', '--photo', evil],
    ['explain', '--peer', '10.0.0.1', '--header', evil],
    ['replay', `${evil}.log`],
    ['replay', '--json', `${evil}.log`, `${evil}.gone`],
    ['replay', `${evil}.gone`],
    ['replay', '--html', `${evil}.html`, `${evil}.log`],
    ['replay', '--html', `${evil}/x.html`, `${evil}.log`],
    ['convert', 'httpd.conf'],
    ['convert', '--json', 'httpd.conf'],
    ['convert', 'httpd.conf', '--host', evil],
    ['convert', evil],
    ['import'],
    ['import', '--json', '--dry-run'],
    ['import', '--source', evil],
    ['photos', 'list'],
    ['photos', 'list', '--json'],
    ['photos', 'show', evil],
    ['photos', 'coverage', '--people', 'people.csv'],
    ['photos', 'coverage', '--people', evil],
    ['photos', 'gallery', '--html', `${evil}-gallery.html`, '--match', evil],
    ['photos', 'gallery', '--html', 'photos', '--match', evil],
    ['keys', 'show', 'evil.keys'],
    ['keys', 'show', evil],
    ['keys', 'verify-only', 'evil.keys'],
    ['snippets', evil],
    ['snippets', 'nginx', '--url', evil],
    ['snippets', 'ldif', '--url', 'http://p.acme.example', '--dn', evil],
    ['ihs-rules', '--config', evil],
    ['token', '--config', evil],
  ]
  for (const args of rows) {
    await t.test(args.join(' ').replaceAll(evil, '…'), async t => {
      const { stdout, stderr } = await runVerb(t, args, { cwd })
      t.not(stdout + stderr, '', 'it says something')
      t.notMatch(stdout + stderr, /[^\P{C}\n\t]|[\p{Zl}\p{Zp}]/u)
    })
  }
})
