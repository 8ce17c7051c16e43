// `photogate convert`: an httpd.conf into a photogate.yaml, with a report of what was proved and what was not
// carried over.
import { readFileSync, writeFileSync } from 'node:fs'
import { exitCodes, GateError } from '../error.ts'
import type { CookieParser } from '../gate/cookies.ts'
import { loadCookieParser } from '../gate/cookies.ts'
import type { Conversion } from '../ihs/conversion.ts'
import { convertHost } from '../ihs/conversion.ts'
import { formatConfig } from '../ihs/conversion-config.ts'
import { formatReport } from '../ihs/conversion-report.ts'
import type { HttpdConfig } from '../ihs/httpd-config.ts'
import { parseHttpdConfig } from '../ihs/httpd-config.ts'
import type { VirtualHost } from '../ihs/virtual-host.ts'
import { findVirtualHosts, hasRules } from '../ihs/virtual-host.ts'
import { printableText } from '../ltpa/printable.ts'
import type { Output } from './output.ts'

export interface ConvertOptions {
  /** A ServerName or ServerAlias, or what stands in `<VirtualHost …>`. */
  host?: string
  output?: string
  json?: boolean
}

/** @returns 0 when all was carried over, else 1. */
export async function convert(
  file: string,
  options: ConvertOptions,
  output: Output,
): Promise<number> {
  const conversion = convertFile(file, options.host, await loadCookieParser())
  // Comments quote the httpd.conf; YAML knows the escapes, and refuses the characters themselves.
  const text = printableText(formatConfig(conversion))
  if (options.output !== undefined) writeNew(options.output, text)
  if (options.json) output.print(JSON.stringify(toJson(conversion, text), null, 2))
  else if (options.output === undefined) {
    output.print(text)
    output.note(formatReport(conversion))
  } else {
    output.print(formatReport(conversion))
    output.print(nextSteps(options.output))
  }
  return conversion.leftovers.length === 0 ? exitCodes.fine : exitCodes.turnedAway
}

function convertFile(file: string, wanted: string | undefined, parseCookie: CookieParser) {
  const text = readText(file)
  try {
    const config = parseHttpdConfig(text, file)
    const host = chooseHost(config, file, wanted)
    return convertHost({ host, config: config.directives, remarks: config.remarks, parseCookie })
  } catch (error) {
    // The stack has an end, and a file of thousands of sections in each other finds it.
    if (!(error instanceof RangeError)) throw error
    throw new GateError('GATE_USAGE', `${file} has sections or expressions nested too deep`)
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new GateError('GATE_USAGE', `${file} cannot be read: ${(error as Error).message}`)
  }
}

function chooseHost(
  { directives }: HttpdConfig,
  file: string,
  wanted: string | undefined,
): VirtualHost {
  const hosts = findVirtualHosts(directives)
  const isWanted = ({ names, section }: VirtualHost) =>
    names.includes((wanted ?? '').toLowerCase()) ||
    (section?.words.some(({ text }) => text === wanted) ?? false)
  const candidates = wanted === undefined ? hosts.filter(hasRules) : hosts.filter(isWanted)
  const [host, ...others] = candidates
  if (host !== undefined && others.length === 0) return host
  const list = (host === undefined ? hosts : candidates).map(describeHost).join('\n')
  const complaint =
    host === undefined
      ? wanted === undefined
        ? 'has no virtual host that turns anybody away'
        : `has no virtual host ${wanted}`
      : 'has several virtual hosts that could be the one; name it with --host'
  throw new GateError('GATE_USAGE', `${file} ${complaint}${list === '' ? '' : `\n${list}`}`)
}

function describeHost({ section, names, documentRoot }: VirtualHost): string {
  const what =
    section === undefined
      ? 'the main server'
      : `line ${section.line}: <VirtualHost ${section.words.map(({ text }) => text).join(' ')}>`
  const name = names.length === 0 ? '' : ` ${names.join(', ')}`
  return `  ${what}${name}${documentRoot === undefined ? '' : `, ${documentRoot}`}`
}

/** What is there already is somebody's work. */
function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason =
      code === 'EEXIST'
        ? 'is there already; remove it or choose another name'
        : `cannot be written: ${message}`
    throw new GateError('GATE_USAGE', `${file} ${reason}`)
  }
}

function nextSteps(file: string): string {
  return `Next\n  photogate check --config ${file}\n  photogate replay access_log --config ${file}\n`
}

function toJson(conversion: Conversion, config: string) {
  const { networks, rules, otherwise, accidents, leftovers, remarks } = conversion
  return {
    config,
    isProved: true,
    networks,
    rules: rules.map(({ name, network, cookie, places }) => ({
      name,
      places,
      from: network?.name ?? null,
      cookies: cookie?.patterns ?? [],
    })),
    otherwise: otherwise ?? null,
    accidents,
    leftovers,
    remarks,
  }
}
