// Configurations from the field, and the rules that each must become. The configurations are kept beside the project.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { convert } from '../../src/command/convert.ts'
import { captureOutput } from '../fixtures/output.ts'
import { shared } from '../fixtures/root.ts'

const folder = join(shared, 'field/inputs/ihs')

interface Row {
  readonly file: string
  readonly exit: 0 | 1
  /** Each rule as it must be written: networks, or cookies. */
  readonly rules: readonly string[]
  /** `line message` of each leftover that must be listed. */
  readonly says?: readonly RegExp[]
}

const rows: readonly Row[] = [
  {
    file: 'C1a-filesmatch-global.conf',
    exit: 1,
    rules: [],
    says: [/^2 <FilesMatch .* applies to some requests only, so nobody is admitted/],
  },
  {
    file: 'C1d-location-tilde.conf',
    exit: 1,
    rules: [],
    says: [/^1 <Location ~ .* some requests/],
  },
  // The directory is the one with the host's name, and the office is the network that its own section requires.
  {
    file: 'C2a-virtualdocumentroot.conf',
    exit: 1,
    rules: ['10.0.0.0/8'],
    says: [/^8 <Directory \/var\/www\/html> applies to .* not to photos/],
  },
  {
    file: 'C2b-alias-directory-global.conf',
    exit: 1,
    rules: [],
    says: [/^1 <Directory \/srv\/photos> .* Name the URL path of the photos with --path/],
  },
  { file: 'C3a-implicit-redirect-all.conf', exit: 1, rules: [], says: [/^5 redirects to https/] },
  {
    file: 'C4-include-missing-in-main-server.conf',
    exit: 1,
    rules: [],
    says: [/^1 Include common.conf .* add --ignore-missing common.conf/],
  },
  { file: 'H1-vhost-slash-pattern.conf', exit: 0, rules: ['LtpaToken2', '192.168.0.0/16'] },
  {
    file: 'L1-R503-with-target.htaccess',
    exit: 1,
    rules: ['123.45.67.0/24', '111.222.33.0/24'],
    says: [/^11 answers 503 and does not redirect/],
  },
  { file: 'L2-htaccess-not-recognised.htaccess', exit: 0, rules: ['203.0.113.5'] },
  { file: 'L4-macro-no-hint.conf', exit: 0, rules: ['10.0.0.0/8'] },
  { file: 'L5-ifdefine-of-define.conf', exit: 0, rules: ['10.20.0.0/16', '10.30.0.0/16'] },
  { file: 'L6-trailing-comment.htaccess', exit: 0, rules: ['203.0.113.50', '198.51.100.0/24'] },
  { file: 'L7-unknown-deciding-directive.conf', exit: 1, rules: [], says: [/^6 SecRule /] },
  { file: 'L8-sslverifyclient-inherited.conf', exit: 1, rules: [], says: [/^2 SSLVerifyClient /] },
  { file: 'M2-robots-pass-closes-all.conf', exit: 0, rules: ['10.0.0.0/8'] },
  {
    file: 'M3-nested-directory-rewrite-false-message.conf',
    exit: 0,
    rules: ['192.168.0.0/16'],
  },
  { file: 'M4-engine-inherited-false-message.conf', exit: 0, rules: ['10.0.0.0/8'] },
  { file: 'M5-END-flag-silent-narrowing.conf', exit: 0, rules: ['192.168.0.0/16', '10.0.0.0/8'] },
  { file: 'H2a-cookie-name-prefix-wordpress.conf', exit: 0, rules: ['wordpress_logged_in*'] },
  // All addresses of IPv4 but one, and all of IPv6.
  {
    file: 'H3a-require-not-ip-loses-ipv6.conf',
    exit: 0,
    rules: [
      '0.0.0.0/1 128.0.0.0/3 160.0.0.0/5 168.0.0.0/6 172.0.0.0/12 172.16.0.0/13 172.24.0.0/16 172.25.0.0/17 172.25.128.0/18 172.25.192.0/19 172.25.224.0/20 172.25.240.0/21 172.25.248.0/23 172.25.250.0/29 172.25.250.8/31 172.25.250.11 172.25.250.12/30 172.25.250.16/28 172.25.250.32/27 172.25.250.64/26 172.25.250.128/25 172.25.251.0/24 172.25.252.0/22 172.26.0.0/15 172.28.0.0/14 172.32.0.0/11 172.64.0.0/10 172.128.0.0/9 173.0.0.0/8 174.0.0.0/7 176.0.0.0/4 192.0.0.0/2 ::/0',
    ],
  },
  {
    file: 'M1-ipv6-regex-wrong-statement.conf',
    exit: 0,
    rules: ['10.0.0.0/8', '2001:db8:10::/48'],
  },
  // Clients in the network need no password; those with a password are listed.
  {
    file: 'M6-satisfy-any.conf',
    exit: 1,
    rules: ['192.168.0.0/24'],
    says: [/^8 Require valid-user is not carried over/, /^6 AuthType /],
  },
  {
    file: '../peers/convert/case.conf',
    exit: 1,
    rules: ['127.0.0.1', 'ltpatoken2'],
    says: [/^6 ltpatoken2= does not admit Cookie: LTPATOKEN2=1, but the rule does/],
  },
  {
    file: '../peers/convert/eq.conf',
    exit: 1,
    rules: [],
    says: [/^5 tests for -eq127, a comparison of numbers/],
  },
  {
    file: '../peers/convert/orcase.conf',
    exit: 1,
    rules: ['127.0.0.1 ltpatoken2'],
    says: [/^6 ltpatoken2= does not admit Cookie: LTPATOKEN2=1, but the rule does/],
  },
  { file: 'M7-limit-get.htaccess', exit: 0, rules: ['203.0.113.50', '198.51.100.0/24'] },
]

interface Printed {
  readonly networks: readonly { readonly name: string; readonly blocks: readonly string[] }[]
  readonly rules: readonly { readonly from: string | null; readonly cookies: readonly string[] }[]
  readonly leftovers: readonly { readonly line: number; readonly message: string }[]
  readonly remarks: readonly { readonly line: number; readonly message: string }[]
}

async function convertJson(file: string, options = {}): Promise<Printed & { exit: number }> {
  const output = captureOutput()
  const exit = await convert(join(folder, file), { json: true, ...options }, output)
  return { exit, ...(JSON.parse(output.printed()) as Printed) }
}

function rulesOf({ rules, networks }: Printed): string[] {
  return rules.map(({ from, cookies }) =>
    [networks.find(({ name }) => name === from)?.blocks.join(' '), ...cookies]
      .filter(Boolean)
      .join(' '),
  )
}

const skip = existsSync(folder) ? false : `${folder} is not there`

t.test(
  'each configuration from the field is carried over, or admits nobody with a reason',
  { skip },
  async t => {
    for (const { file, exit, rules, says = [] } of rows) {
      await t.test(file, async t => {
        const printed = await convertJson(file)
        t.strictSame(rulesOf(printed), rules)
        t.equal(printed.exit, exit)
        const said = printed.leftovers.map(({ line, message }) => `${line} ${message}`)
        for (const each of says)
          t.ok(
            said.some(text => each.test(text)),
            `${each}: ${said.join('\n')}`,
          )
      })
    }
  },
)

t.test('UTF-16 is read with a remark', { skip }, async t => {
  const { remarks, networks } = await convertJson('L9-utf16.conf')
  t.match(remarks, [{ line: 1, message: /^is UTF-16LE, with which Apache does not start/ }])
  t.match(networks, [{ name: 'office-ipv4', blocks: ['10.0.0.0/8'] }])
})

t.test('--path and --ignore-missing resolve what is uncertain', { skip }, async t => {
  const alias = await convertJson('C2b-alias-directory-global.conf', { path: '/photos' })
  t.strictSame(rulesOf(alias), ['10.0.0.0/8'], 'photos below the alias')
  const top = await convertJson('C2b-alias-directory-global.conf', { path: '/' })
  t.strictSame(
    [rulesOf(top), top.exit],
    [[], 1],
    'with the photos at the top everybody is admitted, so no rule is written',
  )
  t.match(top.leftovers.at(-1)?.message, /admits everybody in Apache, so no rule/)
  const missing = await convertJson('C4-include-missing-in-main-server.conf', {
    ignoreMissing: ['common.conf'],
  })
  t.strictSame([rulesOf(missing), missing.exit], [['10.0.0.0/8'], 0])
  t.match(missing.remarks, [{ message: /left out because of --ignore-missing/ }])
})

t.test(
  'for a file without a host, the error names the Include that may contain it',
  { skip },
  async t => {
    await t.rejects(convertJson('L3-missing-include-no-hint.conf'), {
      code: 'GATE_USAGE',
      message:
        /L3-missing-include-no-hint\.conf:3 Include conf\/photos\.conf names a file that is not/,
    })
  },
)
