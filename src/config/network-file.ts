// A file of networks: one a line, `#` begins a comment. UTF-8, or UTF-16 with its byte order mark.
import type { NetworkError, NetworkRange } from '../policy/network-set.ts'
import { parseNetwork } from '../policy/network-set.ts'
import { decodeText } from '../text/decode-text.ts'
import type { Problem } from './document/problem.ts'

export interface NetworkFile {
  readonly ranges: NetworkRange[]
  readonly problems: Problem[]
}

/** Every line's range, or every line's problem with line and column. Blank lines and CRLF are fine. */
export function parseNetworkFile(file: string, bytes: Uint8Array): NetworkFile {
  const decoded = decodeText(bytes)
  if ('problem' in decoded) {
    const { problem, line, column } = decoded
    const code = 'GATE_CONFIG_ENCODING'
    return { ranges: [], problems: [{ file, line, column, path: '', message: problem, code }] }
  }
  const ranges: NetworkRange[] = []
  const problems: Problem[] = []
  for (const [at, line] of decoded.text.split(/\r?\n/).entries()) {
    const [content = ''] = line.split('#', 1)
    const entry = content.trim()
    if (entry === '') continue
    try {
      ranges.push(parseNetwork(entry))
    } catch (error) {
      const column = content.indexOf(entry) + 1
      const message = `"${entry.slice(0, 80)}" ${(error as NetworkError).message}`
      const place = { file, line: at + 1, column, path: '', excerpt: line }
      problems.push({ ...place, message, code: 'GATE_CONFIG_NETWORK' })
    }
  }
  return { ranges, problems }
}
