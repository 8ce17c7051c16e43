// `photogate convert`: an httpd.conf into a photogate.yaml, with a report of what was proved and what was not
// carried over.
import { writeFileSync } from 'node:fs'
import { formatConfig } from '../convert/config-text.ts'
import type { Conversion } from '../convert/conversion.ts'
import { convertHost } from '../convert/conversion.ts'
import type { HttpdConfig } from '../convert/httpd/config.ts'
import { readHttpdConfig } from '../convert/httpd/config.ts'
import { formatReport } from '../convert/report.ts'
import { describeFileTrouble } from '../disk/file-trouble.ts'
import { exitCodes, GateError } from '../error.ts'
import { printableText } from '../text/printable.ts'
import { chooseHost } from './choose-host.ts'
import type { Output } from './output.ts'

export interface ConvertOptions {
  /** A ServerName or ServerAlias, or the address in `<VirtualHost …>`. */
  host?: string
  /** The path of the photos on the old host: `/`, `/photos/`. */
  path?: string
  /** Missing includes that decide nothing. */
  ignoreMissing?: string[]
  output?: string
  json?: boolean
}

/** @returns 0 when everything was carried over, otherwise 1. */
export async function convert(
  file: string,
  options: ConvertOptions,
  output: Output,
): Promise<number> {
  const conversion = convertFile(file, options)
  // Comments quote the httpd.conf. YAML accepts these escapes, and refuses the characters themselves.
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
  return conversion.leftovers.length === 0 ? exitCodes.fine : exitCodes.findings
}

/** Reads and converts. @throws GateError GATE_USAGE */
export function convertFile(
  file: string,
  options: Pick<ConvertOptions, 'host' | 'path' | 'ignoreMissing'>,
): Conversion {
  const base = options.path === undefined ? undefined : parseBase(options.path)
  try {
    const { directives, remarks } = readConfig(file, options.ignoreMissing ?? [])
    const host = chooseHost({ directives, remarks }, file, options.host)
    return convertHost({ host, config: directives, remarks, base })
  } catch (error) {
    // A file with thousands of nested sections overflows the stack.
    if (!(error instanceof RangeError)) throw error
    throw new GateError('GATE_USAGE', `${file} has sections or expressions nested too deep`)
  }
}

function readConfig(file: string, ignoreMissing: readonly string[]): HttpdConfig {
  try {
    return readHttpdConfig(file, { ignoreMissing })
  } catch (error) {
    if (error instanceof RangeError) throw error
    throw new GateError('GATE_USAGE', describeFileTrouble(error, file))
  }
}

/** With a slash at both ends. */
function parseBase(path: string): string {
  const base = `/${path}/`.replace(/\/{2,}/g, '/')
  if (/^[\w./~-]+$/.test(base) && !/\/\.\.?\//.test(base)) return base
  throw new GateError('GATE_USAGE', `--path ${path} is not the path of a URL; write / or /photos/`)
}

/** Never overwrites: an existing file is somebody's work. */
export function writeNew(file: string, text: string): void {
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
  const { networks, rules, otherwise, accidents, leftovers, passedOver, remarks } = conversion
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
    passedOver,
    remarks,
  }
}
