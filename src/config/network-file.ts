// A file of networks: one a line, `#` begins a comment.
import type { NetworkError, NetworkRange } from '../policy/network-set.ts'
import { parseNetwork } from '../policy/network-set.ts'
import type { Problem } from './problem.ts'

/** Every line's range, or every line's problem with line and column. Blank lines and CRLF are fine. */
export function parseNetworkFile(
  file: string,
  text: string,
): { ranges: NetworkRange[]; problems: Problem[] } {
  const ranges: NetworkRange[] = []
  const problems: Problem[] = []
  for (const [at, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const [content = ''] = line.split('#', 1)
    const entry = content.trim()
    if (entry === '') continue
    try {
      ranges.push(parseNetwork(entry))
    } catch (error) {
      const column = content.indexOf(entry) + 1
      const message = `"${entry.slice(0, 80)}" ${(error as NetworkError).message}`
      problems.push({ file, line: at + 1, column, path: '', message })
    }
  }
  return { ranges, problems }
}
