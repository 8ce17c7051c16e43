// The balancers of a log: addresses that lines have as the peer, beside the client. The gate would treat one that the
// configuration does not list as the client, so the report has to name it.
import { parseHop } from '../evidence/forwarded.ts'
import type { NetworkSet } from '../policy/network-set.ts'
import { ownText } from './clients.ts'

export interface Fronts {
  /** The first five. */
  readonly addresses: readonly string[]
  readonly requests: number
}

const maxKnown = 1_000
const maxNamed = 5

export function buildFronts(proxies: readonly NetworkSet[]) {
  const known = new Map<string, boolean>()
  const named: string[] = []
  let requests = 0
  const isTrusted = (text: string) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const address = parseHop(text)
    const isProxy = address !== undefined && proxies.some(set => set.has(address))
    const own = ownText(text)
    if (known.size < maxKnown) known.set(own, isProxy)
    if (!isProxy && named.length < maxNamed && !named.includes(own)) named.push(own)
    return isProxy
  }
  return {
    /** Counts one request for a photo through this front. */
    add: (text: string) => {
      if (!isTrusted(text)) requests++
    },
    value: (): Fronts => ({ addresses: [...named], requests }),
  }
}
