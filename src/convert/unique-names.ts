// Gives networks and rules names that are valid in the configuration: short enough and unique.
import type { ConvertedRule } from './converted-rule.ts'
import type { NetworkCondition } from './network-regex.ts'

// A name may have 64 characters. The rest is for a number.
const maxLength = 56

/** The rules with unique names for rules and networks. Equal networks become one. */
export function giveNames(rules: readonly ConvertedRule[]): ConvertedRule[] {
  const networks = new Map<string, NetworkCondition>()
  const [networkNames, ruleNames] = [new Set<string>(), new Set<string>()]
  return rules.map(rule => ({
    ...rule,
    name: giveName(rule.name, ruleNames),
    network: rule.network && known(rule.network),
  }))

  function known(network: NetworkCondition): NetworkCondition {
    const { name, set, set6, place } = network
    const key = JSON.stringify([name, set.id, set6.id, place])
    const before = networks.get(key)
    if (before !== undefined) return before
    const named = { ...network, name: giveName(name, networkNames) }
    networks.set(key, named)
    return named
  }
}

function giveName(wanted: string, given: Set<string>): string {
  const base = wanted.slice(0, maxLength).replace(/-+$/, '')
  let name = base
  for (let count = 2; given.has(name); count++) name = `${base}-${count}`
  given.add(name)
  return name
}
