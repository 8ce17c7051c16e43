// The balancers of a log: those whom lines name as the peer, beside the client whom they spoke for. One that the
// configuration does not know would be taken for the client by the gate, so the report has to say it.
import { parseHop } from '../evidence/forwarded.ts'
import type { NetworkSet } from '../policy/network-set.ts'
import { ownText } from './clients.ts'

export interface Fronts {
  /** The first few. */
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
    /** One request for a photo came by way of it. */
    add: (text: string) => {
      if (!isTrusted(text)) requests++
    },
    value: (): Fronts => ({ addresses: [...named], requests }),
  }
}
