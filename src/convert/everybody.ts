// Removes rules that would admit everybody, whatever httpd.conf says: it may be open by mistake, or closed by something
// that is not in it. An administrator who wants such a rule can write it in one line.
import type { ConvertedRule, Leftover } from './converted-rule.ts'
import type { Place } from './httpd/directive.ts'
import type { AddressSpace } from './regex/address-diagram.ts'

export interface EverybodyOptions {
  readonly space: AddressSpace
  /** The place to report when the rules have none of their own. */
  readonly host: Place
  readonly addLeftover: (leftover: Leftover) => void
}

/** Removes the rules that alone or together admit every client, or every IPv4 client and no other. */
export function removeOpenRules(
  rules: readonly ConvertedRule[],
  { space, host, addLeftover }: EverybodyOptions,
): ConvertedRule[] {
  const open = rules.filter(({ cookie }) => cookie === undefined)
  const set = open.map(({ network }) => network?.set ?? space.all).reduce(space.union, space.none)
  const set6 = open.map(({ network }) => network?.set6 ?? space.all).reduce(space.union, space.none)
  if (set !== space.all || (set6 !== space.all && set6 !== space.none)) return [...rules]
  const admitted = set6 === space.all ? 'everybody' : 'every client of IPv4'
  const places = open.flatMap(each => each.places)
  for (const { file, line, column } of places.length === 0 ? [host] : places) {
    const message = `admits ${admitted} in Apache, so no rule is written for it; if you want that, write { name: everybody, from: [0.0.0.0/0, "::/0"] } under allow`
    addLeftover({ file, line, column, message })
  }
  return rules.filter(({ cookie }) => cookie !== undefined)
}
