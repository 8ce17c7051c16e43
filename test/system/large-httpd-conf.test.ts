// An httpd.conf as large as generated ones, and an expression of thousands of conditions: both are
// read to their end.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { convert } from '../../src/command/convert.ts'
import { convertText, seedBlock } from '../fixtures/httpd.ts'
import { captureOutput } from '../fixtures/output.ts'

t.setTimeout(300_000)

t.test('10 MB of virtual hosts are converted', async t => {
  const hosts = Array.from({ length: 13_000 }, (_, at) => seedBlock.replace('*:80', `*:${at}`))
  const text = hosts.join('')
  t.ok(text.length > 9_000_000, `${text.length} bytes`)
  const file = join(t.testdir(), 'httpd.conf')
  writeFileSync(file, text)
  t.equal(await convert(file, { host: '*:9999' }, captureOutput()), 0)
})

t.test('5,000 conditions on addresses are converted, or refused with a reason', async t => {
  const conditions = Array.from(
    { length: 5_000 },
    (_, at) =>
      `RewriteCond %{REMOTE_ADDR} !^10\\.${at % 256}\\.${Math.floor(at / 256)}\\.([0-9]|[1-9][0-9]|1([0-9][0-9])|2([0-4][0-9]|5[0-5]))$`,
  )
  const { rules, leftovers } = convertText(
    `<VirtualHost *>\nRewriteEngine On\n${conditions.join('\n')}\nRewriteRule ^ - [F]\n</VirtualHost>`,
  )
  t.ok(rules.length > 0 || leftovers.length > 0)
})
