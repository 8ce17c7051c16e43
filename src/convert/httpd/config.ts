// Apache's configuration language: directives, sections and their places, with included files read in. Knows
// nothing of what most directives mean.
// https://httpd.apache.org/docs/2.4/configuring.html
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Directive, Remark } from './directive.ts'
import { HttpdParser } from './parser.ts'
import { decodeHttpdText } from './text.ts'

export interface HttpdConfig {
  readonly directives: readonly Directive[]
  readonly remarks: readonly Remark[]
}

export interface ReadOptions {
  /** Includes that are not there and decide nothing, as they are written or with their whole path. */
  readonly ignoreMissing?: readonly string[]
}

/** Reads the file and all that it includes. What is wrong becomes a remark. @throws what reading it throws. */
export function readHttpdConfig(file: string, options: ReadOptions = {}): HttpdConfig {
  const { text, remark } = decodeHttpdText(readFileSync(file), file)
  const { directives, remarks } = parseHttpdConfig(text, file, options)
  return { directives, remarks: remark === undefined ? remarks : [remark, ...remarks] }
}

/** The same of a text that was read already. Never throws. */
export function parseHttpdConfig(
  text: string,
  file: string,
  { ignoreMissing = [] }: ReadOptions = {},
): HttpdConfig {
  const reader = new HttpdParser(dirname(resolve(file)), ignoreMissing)
  return { directives: reader.parse(text, file), remarks: reader.remarks }
}
