// Formats a conversion as a photogate.yaml. A comment above each part names its line of httpd.conf.
import { yamlText } from '../config/document/yaml-text.ts'
import type { Conversion, ConvertedNetwork } from './conversion.ts'
import type { ConvertedRule } from './converted-rule.ts'
import type { Place } from './httpd/directive.ts'

export function formatConfig(conversion: Conversion): string {
  const { host, networks, rules, otherwise, directory } = conversion
  const { section } = host
  const from =
    section === undefined
      ? ''
      : ` (${formatPlace(section)}, <VirtualHost ${section.words.map(({ text }) => text).join(' ')}>)`
  const parts = [
    comment(
      `From ${section === undefined ? 'the main server of httpd.conf' : 'httpd.conf'}${from}.`,
    ),
    `${comment('Behind IHS on this machine. Elsewhere: the address that IHS reaches, and the one it comes from.')}listen: [{ host: 127.0.0.1, port: 8080 }]\nproxies: [127.0.0.1]\n`,
    directory === undefined
      ? comment(
          'The old block does not say where the photos are. Write where the photos are:\nphotos: { directory: /path/to/photos }',
        )
      : `photos:\n  directory: ${yamlText(directory)}\n`,
    networks.length === 0 ? '' : `networks:\n${networks.map(formatNetwork).join('')}`,
    rules.length === 0
      ? `${comment('Nobody is admitted.')}allow: []\n`
      : `allow:\n${rules.map(formatRule).join('')}`,
    ...(needsKeys(rules) ? [keysHint] : []),
    otherwise === undefined
      ? comment(
          'Where the turned away are sent; without it they see a page of photogate’s own.\notherwise: { redirect: "https://…" }',
        )
      : `otherwise: { ${'redirect' in otherwise ? `redirect: ${yamlText(otherwise.redirect)}` : `status: ${otherwise.status}`} }\n`,
  ]
  return parts.filter(part => part !== '').join('\n')
}

// Verified tokens are the reason to move from IHS.
const keysHint = comment(
  'These cookies are only looked for, as before: anybody can send one. With the keys of your WebSphere,\nSametime or Domino server they are verified: write the following, and `ltpa: verified` in place of the\ncookie above.\nltpa:\n  keys: [{ file: ltpa.keys, passwordFile: ltpa.password }]',
)

function needsKeys(rules: readonly ConvertedRule[]): boolean {
  return rules.some(({ cookie }) => cookie?.patterns.some(pattern => /^LtpaToken/i.test(pattern)))
}

const maxLineLength = 100

function formatNetwork({ name, blocks, text, place }: ConvertedNetwork): string {
  const line = `  ${name}: [${blocks.join(', ')}]\n`
  const list =
    line.length <= maxLineLength
      ? line
      : `  ${name}:\n${blocks.map(block => `    - ${block}\n`).join('')}`
  return `${comment(`${formatPlace(place)} ${text}`, '  ')}${list.replaceAll(/(?<=[[, ])([\da-f]*:[\da-f:./]*)/gi, '"$1"')}`
}

function formatRule({ name, network, cookie, places }: ConvertedRule): string {
  const conditions = [
    ...(network === undefined ? [] : [`from: [${network.name}]`]),
    ...(cookie === undefined ? [] : [`cookie: ${listOf(cookie.patterns)}`]),
  ]
  const anybody = conditions.length === 0 ? ['from: [0.0.0.0/0, "::/0"]'] : conditions
  const lines = [...new Set(places.map(formatPlace))].join(', ')
  return `${comment(lines, '  ')}  - { name: ${name}, ${anybody.join(', ')} }\n`
}

function listOf(patterns: readonly string[]): string {
  const texts = patterns.map(yamlText)
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`
}

function comment(text: string, indent = ''): string {
  return text
    .split('\n')
    .map(line => `${indent}# ${line.replaceAll(/[^\P{C}\t]/gu, '?')}\n`)
    .join('')
}

export function formatPlace({ file, line }: Place): string {
  return `${file}:${line}`
}
