// A file of networks: one a line (list-file.ts).
import type { NetworkError, NetworkRange } from '../policy/network-set.ts'
import { parseNetwork } from '../policy/network-set.ts'
import type { Problem } from './document/problem.ts'
import { readEntries } from './list-file.ts'

export interface NetworkFile {
  readonly ranges: NetworkRange[]
  readonly problems: Problem[]
}

/** Every line's range, or every line's problem with line and column. */
export function parseNetworkFile(file: string, bytes: Uint8Array): NetworkFile {
  const ranges: NetworkRange[] = []
  const problems = readEntries({ file, bytes, code: 'GATE_CONFIG_NETWORK' }, entry => {
    try {
      ranges.push(parseNetwork(entry))
      return undefined
    } catch (error) {
      return (error as NetworkError).message
    }
  })
  return { ranges, problems }
}
