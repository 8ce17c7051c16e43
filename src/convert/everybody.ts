// Rules that would admit everybody. They are never written, whatever httpd.conf says: it may be open by mistake,
// or closed by something that stands elsewhere, and who means it can write such a rule in one line.
import type { ConvertedRule, Leftover } from './converted-rule.ts'
import type { Place } from './httpd/directive.ts'
import type { AddressSpace } from './regex/address-diagram.ts'

export interface EverybodyOptions {
  readonly space: AddressSpace
  /** Named where the rules have no place of their own. */
  readonly host: Place
  readonly addLeftover: (leftover: Leftover) => void
}

/** The rules without those that alone or together admit every client, or every client of IPv4 and no other. */
export function removeOpenRules(
  rules: readonly ConvertedRule[],
  { space, host, addLeftover }: EverybodyOptions,
): ConvertedRule[] {
  const open = rules.filter(({ cookie }) => cookie === undefined)
  const set = open.map(({ network }) => network?.set ?? space.all).reduce(space.union, space.none)
  const set6 = open.map(({ network }) => network?.set6 ?? space.all).reduce(space.union, space.none)
  if (set !== space.all || (set6 !== space.all && set6 !== space.none)) return [...rules]
  const whom = set6 === space.all ? 'everybody' : 'every client of IPv4'
  const places = open.flatMap(each => each.places)
  for (const { file, line, column } of places.length === 0 ? [host] : places) {
    const message = `admits ${whom} in Apache, so no rule is written for it; if that is meant, write { name: everybody, from: [0.0.0.0/0, "::/0"] } under allow`
    addLeftover({ file, line, column, message })
  }
  return rules.filter(({ cookie }) => cookie !== undefined)
}
