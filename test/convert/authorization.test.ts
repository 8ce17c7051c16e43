import t from 'tap'
import type { Conversion } from '../../src/convert/conversion.ts'
import { convertBlock } from '../fixtures/httpd.ts'

const inside = (text: string) =>
  convertBlock(`DocumentRoot /photos\n<Directory /photos>\n${text}\n</Directory>`)

/** Each rule as its networks. */
function networksOf({ rules, networks }: Conversion): string[] {
  return rules.map(
    ({ network }) => networks.find(({ name }) => name === network?.name)?.blocks.join(' ') ?? 'all',
  )
}
const messagesOf = ({ leftovers }: Conversion) => leftovers.map(({ message }) => message)

t.test('Satisfy any admits by address or by Require, and Satisfy all by both', async t => {
  const order = 'Order deny,allow\nDeny from all\nAllow from 10.1'
  for (const [text, ...networks] of [
    [`${order}\nSatisfy any\nRequire ip 192.0.2.7`, '10.1.0.0/16', '192.0.2.7'],
    [`Satisfy ANY\n${order}\nRequire all denied`, '10.1.0.0/16'],
    [`${order}\nSatisfy all\nRequire ip 10`, '10.1.0.0/16'],
    [`${order}\nSatisfy any\nSatisfy all\nRequire ip 192.0.2.7`],
    [`${order}\nRequire ip 192.0.2.7`],
    [`${order}\nSatisfy any`, '10.1.0.0/16'],
  ] as const) {
    t.strictSame(networksOf(inside(text)), networks, text)
  }
  const open = inside('Satisfy any\nRequire ip 10')
  t.strictSame(networksOf(open), [])
  t.match(
    messagesOf(open),
    [/admits everybody in Apache/],
    'no address is denied, and Satisfy any needs no more',
  )
})

t.test('admission by address is carried over, admission by password is listed', async t => {
  const conversion = inside(
    'AuthName "Intranet"\nAuthType Basic\nRequire valid-user\nOrder deny,allow\nDeny from all\nAllow from 192.168.0.\nSatisfy any',
  )
  t.strictSame(networksOf(conversion), ['192.168.0.0/24'])
  t.match(messagesOf(conversion), [
    /AuthName is not carried over/,
    /AuthType is not carried over/,
    /Require valid-user is not carried over/,
  ])
})

t.test('a directory with Order, Allow, Deny or Satisfy inherits none of them', async t => {
  const outer = (text: string) =>
    `<Directory />\n${text}\n</Directory>\n<Directory /photos>\nINNER\n</Directory>`
  const denied = outer('Satisfy any\nOrder deny,allow\nDeny from all\nRequire all denied')
  for (const [inner, ...networks] of [
    ['Require ip 10', '10.0.0.0/8'],
    ['Order deny,allow\nAllow from 10\nRequire ip 192.0.2.7', '192.0.2.7'],
    ['Satisfy any\nRequire ip 10'],
  ] as const) {
    const conversion = convertBlock(`DocumentRoot /photos\n${denied.replace('INNER', inner)}`)
    t.strictSame(networksOf(conversion), networks, inner)
  }
})

t.test(
  'Require method applies to photos if it names GET, and Require local lists what it leaves out',
  async t => {
    for (const [text, ...networks] of [
      ['<RequireAll>\nRequire method GET POST\nRequire ip 10\n</RequireAll>', '10.0.0.0/8'],
      ['<RequireAll>\nRequire not method GET\nRequire ip 10\n</RequireAll>'],
      ['<RequireAll>\nRequire not method PUT DELETE\nRequire ip 10\n</RequireAll>', '10.0.0.0/8'],
      ['Require method POST\nRequire ip 10', '10.0.0.0/8'],
    ] as const) {
      t.strictSame(networksOf(inside(text)), networks, text)
    }
    const local = inside('Require local')
    t.strictSame(networksOf(local), ['127.0.0.0/8 ::1'])
    t.match(messagesOf(local), [/all addresses of the server itself/])
  },
)

t.test('a header that any client can write is carried over and listed', async t => {
  const conversion = convertBlock(
    'RewriteEngine On\nRewriteCond %{HTTP:X-Forwarded-For} !^10\\.1\\.\nRewriteRule ^ - [F]',
  )
  t.strictSame(networksOf(conversion), ['10.1.0.0/16'])
  t.match(conversion.leftovers, [{ line: 3, message: /and any client can send that/ }])
})
