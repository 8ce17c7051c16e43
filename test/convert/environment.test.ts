// Variables that SetEnvIf sets by what a rule can ask for.
import t from 'tap'
import type { Conversion } from '../../src/convert/conversion.ts'
import { convertBlock, convertText } from '../fixtures/httpd.ts'

/** Each rule as `networks / cookies`. */
function rulesOf({ rules, networks }: Conversion): string[] {
  const blocksOf = (name: string) => networks.find(each => each.name === name)?.blocks.join(' ')
  return rules.map(
    ({ network, cookie }) =>
      `${network === undefined ? 'anywhere' : blocksOf(network.name)} / ${cookie?.patterns.join(' ') ?? 'no cookie'}`,
  )
}

const office = 'SetEnvIf Remote_Addr ^10\\. office'
const inside = (text: string) => `<Directory /photos>\n${text}\n</Directory>`
const convert = (...lines: string[]) => convertBlock(['DocumentRoot /photos', ...lines].join('\n'))
const ten = '10.0.0.0/8 / no cookie'

t.test('a variable of uncertain value is listed where it is used, and admits nobody', async t => {
  for (const lines of [
    [inside('Require env office')],
    ['SetEnv office 1', inside('Require env office')],
    [office, 'PassEnv OFFICE', inside('Require env office')],
    [office, 'RewriteEngine On', 'RewriteRule ^ - [E=office:1]', inside('Require env office')],
    [office, 'RewriteEngine On', 'RewriteRule ^(.*) - [NC,E=$1:1]', inside('Require env office')],
    [`<IfDefine X>\n${office}\n</IfDefine>`, inside('Require env office')],
    [`<Directory />\n${office}\n</Directory>`, inside('Require env office')],
    [`<Location /x>\n${office}\n</Location>`, inside('Require env office')],
    [`<Directory /photos>\n<IfDefine X>\n${office}\n</IfDefine>\nRequire env office\n</Directory>`],
    ['SetEnvIf Remote_Addr ^(10)\\. office=$1', inside("Require expr %{ENV:office} == '10'")],
    [`SetEnvIfExpr "-n env('office')" office`, inside('Require env office')],
    [`SetEnvIfExpr "-R '10.0.0.0/8'" other=$1`, inside('Require ip 10')],
    ['BrowserMatch curl office', inside('Require env office')],
    ['SetEnvIf User-Agent curl office', inside('Require env office')],
    ['SetEnvIf other 1 office', inside('Require env office')],
    ['SetEnvIf ^Cook Sso office', inside('Require env office')],
    ['SetEnvIf Remote_Host ^10 office', inside('Require env office')],
    ['SetEnvIf X-Forwarded-For .* office', inside('Require env office')],
    [office, inside('Require expr %{ENV:office} =~ /(/')],
  ]) {
    const conversion = convert(...lines)
    t.strictSame(rulesOf(conversion), [], lines.join('\n'))
    t.ok(conversion.leftovers.length > 0, lines.join('\n'))
    const negated = convert(...lines.map(line => line.replace('Require', 'Require not')))
    t.strictSame(rulesOf(negated), [], lines.join('\n'))
  }
})

t.test('a variable is the result of its lines in their order', async t => {
  for (const [lines, ...rules] of [
    [[office, inside('Require env office')], ten],
    [[inside(`${office}\nRequire env OFFICE`)], ten],
    [[`<IfModule mod_setenvif.c>\n${office}\n</IfModule>`, inside('Require env office')], ten],
    [[office, inside('Order deny,allow\nDeny from all\nAllow from env=office')], ten],
    [[office, inside('Order deny,allow\nDeny from env=!office')], ten],
    [[office, 'SetEnvIf Remote_Addr . !office', inside('Require env office x')]],
    [
      [
        'SetEnvIf Remote_Addr . office',
        'SetEnvIf Remote_Addr !^10 !office',
        office,
        inside('Require env office'),
      ],
    ],
    [
      [
        office,
        'SetEnvIf Remote_Addr ^10\\.[0-7][0-9]?\\. office=2',
        inside("Require expr %{ENV:office} == '1'"),
      ],
      '10.8.0.0/15 10.80.0.0/12 10.96.0.0/11 10.128.0.0/9 / no cookie',
    ],
    [['SetEnvIfNoCase Cookie sso= signed', inside('Require env signed')], 'anywhere / sso'],
    [
      ['SetEnvIfNoCase Remote_Addr ^2001:DB8: six', inside('Require env six')],
      '2001:db8::/32 / no cookie',
    ],
    [[`SetEnvIfExpr "-R '10.0.0.0/8'" office`, inside('Require env office')], ten],
    [[office, inside("Require expr -T env('office')")], ten],
    [[office, inside("Require expr -n reqenv('office')")], ten],
    [[office, inside('Require expr !(-z %{ENV:office})')], ten],
    [[office, 'RewriteEngine On', 'RewriteCond %{ENV:office} !=1', 'RewriteRule ^ - [F]'], ten],
    [[office, 'RewriteEngine On', 'RewriteCond %{ENV:office} ^$', 'RewriteRule ^ - [F]'], ten],
    [
      [office, 'RewriteEngine On', 'RewriteRule ^ - [E=other:1]', inside('Require env office')],
      ten,
    ],
    [
      [
        'SetEnvIf Request_Method ^(GET|HEAD)$ read',
        inside('<RequireAll>\nRequire env read\nRequire ip 10\n</RequireAll>'),
      ],
      ten,
    ],
  ] as [string[], ...string[]][]) {
    const conversion = convert(...lines)
    if (rules.length > 0) {
      t.strictSame(rulesOf(conversion), rules, lines.join('\n'))
      t.strictSame(conversion.leftovers, [], lines.join('\n'))
    } else t.strictSame(rulesOf(conversion), [], lines.join('\n'))
  }
})

t.test('variables of the main server apply in its hosts, those of other hosts do not', async t => {
  const host = `<VirtualHost *>\nDocumentRoot /photos\n${inside('Require env office')}\n</VirtualHost>`
  t.strictSame(rulesOf(convertText(`${office}\n${host}`)), [ten])
  const other = convertText(`<VirtualHost *>\n${office}\n</VirtualHost>\n${host}`)
  t.strictSame(rulesOf(other), [])
  t.match(other.leftovers, [{ message: /it is not certain when Apache sets it/ }])
})

t.test(
  'a variable by X-Forwarded-For is carried over, and other lines for it are listed',
  async t => {
    const conversion = convert(
      'SetEnvIf X-Forwarded-For ^10\\. office',
      'SetEnvIf Remote_Addr ^192\\. branch',
      inside('Require env office branch'),
    )
    t.strictSame(rulesOf(conversion), [ten, '192.0.0.0/8 / no cookie'])
    t.match(conversion.leftovers, [
      { line: 3, message: /and any client can send that/ },
      { line: 4, message: /while other lines test what a header says/ },
    ])
  },
)
