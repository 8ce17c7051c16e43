// Reads Apache's configuration language: directives, sections and their places, with the included files. Does not
// know what most directives mean. https://httpd.apache.org/docs/2.4/configuring.html
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { readRegularFile } from '../../disk/regular-file.ts'
import type { Directive, Remark } from './directive.ts'
import { HttpdParser } from './parser.ts'
import { decodeHttpdText } from './text.ts'

export interface HttpdConfig {
  readonly directives: readonly Directive[]
  readonly remarks: readonly Remark[]
}

export interface ReadOptions {
  /** Missing includes that the administrator declared harmless, as written or with their whole path. */
  readonly ignoreMissing?: readonly string[]
  /** Refuses a file that is larger, and FIFOs and devices. Not set: reads whatever the name leads to. */
  readonly maxBytes?: number
}

/**
 * Reads the file and all files that it includes. Faults in the text become remarks.
 * @throws what reading the file itself throws
 */
export function readHttpdConfig(file: string, options: ReadOptions = {}): HttpdConfig {
  const { maxBytes } = options
  const bytes = maxBytes === undefined ? readFileSync(file) : readRegularFile(file, maxBytes).bytes
  const { text, remark } = decodeHttpdText(bytes, file)
  const { directives, remarks } = parseHttpdConfig(text, file, options)
  return { directives, remarks: remark === undefined ? remarks : [remark, ...remarks] }
}

/** The same for a text that is read already. `file`: its name, for places and relative includes. Never throws. */
export function parseHttpdConfig(
  text: string,
  file: string,
  { ignoreMissing = [] }: ReadOptions = {},
): HttpdConfig {
  const reader = new HttpdParser(dirname(resolve(file)), ignoreMissing)
  return { directives: reader.parse(text, file), remarks: reader.remarks }
}
