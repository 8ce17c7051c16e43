// From the configuration's text on the log to settings. The file itself is opened by the server that writes it.
import { resolve } from 'node:path'
import type { Findings } from '../document/findings.ts'
import { isRefused } from '../document/findings.ts'
import { defaultOf } from '../schema/parts.ts'
import type { ConfigText } from '../schema/schema.ts'
import type { LogSettings } from '../settings.ts'
import { parseSize } from '../units.ts'
import { rotate as rotateSchema } from './schema.ts'

// A key that the schema refused is undefined.
type LogText = Partial<NonNullable<ConfigText['log']>>

// Lines are written in blocks of that size.
const minRotateBytes = 64 * 1024

export interface LogInput {
  /** The directory that relative paths start from. */
  readonly base: string
  /** Absolute paths of all files that the configuration was read from. */
  readonly files: readonly string[]
  readonly findings: Findings
}

/** Usable only when the findings have no problems afterwards. */
export function buildLog({ base, files, findings }: LogInput, text: LogText): LogSettings {
  const file = text.file === undefined ? undefined : resolve(base, text.file)
  if (file !== undefined && files.includes(file)) {
    const message =
      'is a file of this configuration, and lines would be appended to it; name another'
    findings.refuse(['log', 'file'], message)
  }
  if (text.rotate !== undefined && file === undefined && !isRefused(findings, ['log', 'file'])) {
    const message = 'needs a file to rotate; add file: photogate.log'
    findings.refuse(['log', 'rotate'], message)
  }
  return { format: text.format, file, rotate: text.rotate && buildRotate(findings, text.rotate) }
}

function buildRotate(
  findings: Findings,
  text: NonNullable<LogText['rotate']>,
): NonNullable<LogSettings['rotate']> {
  const maxBytes = parseSize(text.size ?? defaultOf(rotateSchema, 'size')) as number
  if (maxBytes < minRotateBytes) {
    const message = 'is too small; write 64KiB or more, like 64MiB'
    findings.refuse(['log', 'rotate', 'size'], message)
  }
  return { maxBytes, keep: text.keep ?? defaultOf(rotateSchema, 'keep') }
}
