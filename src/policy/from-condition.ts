// The condition of a rule on the client's address.
import type { Condition } from './condition.ts'
import type { NetworkAddress } from './network-address.ts'
import type { NetworkSet } from './network-set.ts'

/** One entry of a `from` list, apart from the others so that explain can name it. */
export interface NamedNetworks {
  readonly name: string
  readonly set: NetworkSet
}

/** Matches a client in `all`, the union of `named`. */
export function fromCondition(all: NetworkSet, named: readonly NamedNetworks[]): Condition {
  const locate = (client: NetworkAddress) => named.find(({ set }) => set.has(client))?.name
  return {
    kind: 'from',
    networks: all,
    locate,
    matches: ({ client }) => client !== undefined && all.has(client),
    describe: ({ client, clientDoubt }) => {
      if (client === undefined) return `no client address: ${clientDoubt?.text ?? 'none was given'}`
      const network = locate(client)
      return network !== undefined
        ? `client ${client.text} is in ${network}`
        : `client ${client.text} is not in ${named.map(({ name }) => name).join(', ')}`
    },
  }
}
