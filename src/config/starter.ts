// A commented configuration to begin with, from the administrator's answers or from plain defaults. The defaults admit
// nobody: a starter that nobody has looked at must not open a door. Whether the answers are right, `loadConfig` says.
import { plainYamlText, yamlText } from './document/yaml-text.ts'

export interface StarterAnswers {
  readonly host: string
  /** As it was typed. */
  readonly port: string
  /** Addresses of fronts. */
  readonly proxies: readonly string[]
  /** Networks whose clients see all photos. */
  readonly offices: readonly string[]
  /** The folder of the photos, relative to the configuration. */
  readonly photos: string
  readonly signOn: SignOnAnswer
  /** The port of the admin listener on 127.0.0.1, as it was typed. Undefined: there is none. */
  readonly adminPort: string | undefined
  /** Where the turned away are sent. Undefined: to the built-in page. */
  readonly redirect: string | undefined
}

export type SignOnAnswer =
  | { readonly kind: 'none' | 'cookies' }
  | { readonly kind: 'keys'; readonly file: string; readonly passwordFile: string }

export const starterDefaults: StarterAnswers = {
  host: '127.0.0.1',
  port: '8080',
  proxies: ['127.0.0.1', '::1'],
  offices: [],
  photos: 'photos',
  signOn: { kind: 'none' },
  redirect: undefined,
  adminPort: '8090',
}

export function formatStarter(answers: StarterAnswers): string {
  return [
    '# The configuration of photogate. After a change: photogate check --config FILE. A photogate that runs takes the',
    '# change over within two seconds, unless it has a mistake. Every key: photogate schema --markdown',
    '',
    ...listenLines(answers),
    '',
    ...photoLines(answers),
    '',
    ...networkLines(answers),
    '',
    ...signOnLines(answers.signOn),
    '',
    ...ruleLines(answers),
    '',
    ...otherwiseLines(answers),
    '',
    ...adminLines(answers),
    '',
  ].join('\n')
}

function listenLines({ host, port, proxies }: StarterAnswers): string[] {
  const places = [
    '# Where photogate listens. 127.0.0.1: for a front (reverse proxy) on this machine. Another address needs a restart.',
    `listen: [{ host: ${plainYamlText(host)}, port: ${portText(port)} }]`,
    '',
    '# The fronts. They alone are believed when they name the client in X-Forwarded-For; a request of theirs that names',
    '# none is in no network.',
  ]
  return [...places, proxies.length === 0 ? '# proxies: [127.0.0.1]' : `proxies: ${list(proxies)}`]
}

function photoLines({ photos }: StarterAnswers): string[] {
  return [
    '# The folder of emailaddress.jpg files. New and changed files are noticed by themselves.',
    'photos:',
    `  directory: ${plainYamlText(photos)}`,
  ]
}

function networkLines({ offices }: StarterAnswers): string[] {
  const head = '# Networks by name: CIDR blocks, ranges such as 192.0.2.10-192.0.2.20, addresses.'
  if (offices.length > 0) return [head, 'networks:', `  offices: ${list(offices)}`]
  return [head, '# networks:', '#   offices: [10.0.0.0/8, "2001:db8:10::/48"]']
}

function signOnLines(signOn: SignOnAnswer): string[] {
  const head =
    '# The keys of WebSphere, Sametime or Domino, with which photogate verifies the tokens of people who signed on.'
  if (signOn.kind === 'keys') {
    const { file, passwordFile } = signOn
    return [
      head,
      'ltpa:',
      `  keys: [{ file: ${plainYamlText(file)}, passwordFile: ${plainYamlText(passwordFile)} }]`,
    ]
  }
  return [head, '# ltpa:', '#   keys: [{ file: ltpa.keys, passwordFile: ltpa.password }]']
}

const examples = {
  offices: '{ name: offices, from: [offices] }',
  verified: '{ name: signed-in, ltpa: verified }',
  cookies: '{ name: signed-in, cookie: [LtpaToken2, LtpaToken] }',
  meeting:
    '{ name: meeting, cookie: "STPluginActivePage=stMeetingroom*", photos: ["*@acme.example", "!ceo@acme.example"] }',
}

function ruleLines({ offices, signOn }: StarterAnswers): string[] {
  const rules = [
    ...(offices.length > 0 ? [examples.offices] : []),
    ...(signOn.kind === 'keys' ? [examples.verified] : []),
    ...(signOn.kind === 'cookies' ? [examples.cookies] : []),
  ]
  const others = [
    ...(offices.length > 0 ? [] : [examples.offices]),
    ...(signOn.kind === 'none' ? [examples.verified] : []),
    examples.meeting,
  ]
  return [
    '# Who sees photos. The rules are tried in order, and the first that holds admits; all else is turned away.',
    ...(signOn.kind === 'cookies'
      ? [
          '# Anybody can send a cookie: with the keys above, write ltpa: verified in the place of cookie.',
        ]
      : []),
    ...(rules.length > 0
      ? ['allow:', ...rules.map(rule => `  - ${rule}`)]
      : ['# Nobody yet: write a rule in the place of [].', 'allow: []']),
    ...others.map(rule => `#  - ${rule}`),
  ]
}

function otherwiseLines({ redirect }: StarterAnswers): string[] {
  const head = "# Where the turned away are sent. Without it, they see a page of photogate's own."
  return [
    head,
    redirect === undefined
      ? '# otherwise: { redirect: "https://www.acme.example/sign-in" }'
      : `otherwise: { redirect: ${yamlText(redirect)} }`,
  ]
}

function adminLines({ adminPort }: StarterAnswers): string[] {
  const head = [
    '# The page for administrators: who gets in and why, metrics, probes. Only this machine reaches it, but each of its',
    '# users does; with tokenFile, only those who have the token.',
  ]
  return adminPort === undefined
    ? [...head, '# admin: { host: 127.0.0.1, port: 8090 }']
    : [...head, `admin: { host: 127.0.0.1, port: ${portText(adminPort)} }`]
}

function list(texts: readonly string[]): string {
  return `[${texts.map(plainYamlText).join(', ')}]`
}

// A number where it is one. Anything else in quotes, so that the schema can say what is wrong with it.
function portText(port: string): string {
  return /^\d{1,5}$/.test(port) ? String(Number(port)) : yamlText(port)
}
