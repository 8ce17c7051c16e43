// Whose budget a request is counted against, and as which person: the same for the gate and for replay. Counts
// nothing itself.
import type { AlarmLimit, Budget, LedgerEntry } from '../guest/ledger.ts'
import type { Identity } from '../ltpa/token.ts'
import type { Evidence, GuestPass } from './condition.ts'
import type { NetworkAddress } from './network-address.ts'
import { parseNetworkAddress } from './network-address.ts'
import type { NetworkSet } from './network-set.ts'

/** The budget of each client that the rule admits. */
export interface RuleBudget extends Budget {
  /** Networks in which many guests have one address, and the budget of each address there. */
  readonly shared?: { readonly networks: NetworkSet; readonly budget: Budget } | undefined
}

/** A rule that counts people. */
export interface CountingRule {
  readonly name: string
  readonly budget?: RuleBudget | undefined
  readonly alarm?: AlarmLimit | undefined
}

export interface Admitted {
  readonly rule: CountingRule
  /** The user, if the rule asks for one. */
  readonly identity: Identity | undefined
  /** The pass, if the rule asks for one. */
  readonly pass?: Pick<GuestPass, 'id'> | undefined
}

export interface AdmittedRequest {
  readonly evidence: Pick<Evidence, 'client' | 'photo' | 'aliasesOf'>
  /** Canonical addresses that no directory shows. */
  readonly canaries: ReadonlySet<string>
}

/** What the ledger must count; undefined: the request counts for nothing. */
export function ledgerEntryOf(
  { rule, identity, pass }: Admitted,
  { evidence, canaries }: AdmittedRequest,
): UndatedEntry | undefined {
  const { client, photo, aliasesOf } = evidence
  const { name, alarm } = rule
  if (photo === undefined) return undefined
  const isCanary = canaries.has(photo)
  if (rule.budget === undefined && alarm === undefined && !isCanary) return undefined
  const clientKey = identity === undefined ? siteKeyOf(client) : userKeyOf(identity)
  return {
    rule: name,
    client: withPass(clientKey, pass?.id),
    pass: pass?.id,
    person: personOf(photo, aliasesOf),
    isCanary,
    budget: budgetFor(rule.budget, identity === undefined ? client : undefined),
    alarm,
  }
}

// The guests of a meeting share its pass, and a guest may have several: the pair has the budget.
function withPass(client: string, pass: string | undefined): string {
  return pass === undefined ? client : `pass ${pass} ${client}`
}

/** Whether the entry counts for all clients without an address. */
export function isOfUnknownClient({ client, pass }: UndatedEntry): boolean {
  return client === withPass(unknownClient, pass)
}

/**
 * How the ledger knows a client that somebody names: an IPv6 address by its /64. Other text is taken as it is.
 * @example ledgerClientOf('2001:db8::7') // '2001:db8:0:0::/64'
 */
export function ledgerClientOf(text: string): string {
  const address = parseNetworkAddress(text)
  return address === undefined ? text : siteKeyOf(address)
}

export type UndatedEntry = Omit<LedgerEntry, 'isMissing' | 'nowMs'>

function budgetFor(
  budget: RuleBudget | undefined,
  client: NetworkAddress | undefined,
): Budget | undefined {
  const { shared } = budget ?? {}
  return shared !== undefined && client !== undefined && shared.networks.has(client)
    ? shared.budget
    : budget
}

const unknownClient = 'unknown'

// All clients without an address share one budget: a client must not get a new one by hiding its address.
function siteKeyOf(client: NetworkAddress | undefined): string {
  if (client === undefined) return unknownClient
  if (client.family === 4) return client.text
  const [high = 0, low = 0] = client.words
  const groups = [high >>> 16, high & 0xffff, low >>> 16, low & 0xffff]
  return `${groups.map(group => group.toString(16)).join(':')}::/64`
}

// Rules compare users without case and without the blanks of a DN. Only an IPv6 /64 also has a slash, and no realm ends
// like one.
function userKeyOf({ realm = '', user }: Identity): string {
  return `${realm}/${user.toLowerCase().replace(/ *([,=]) */g, '$1')}`
}

const keyOf = new WeakMap<readonly string[], string>()

/**
 * The same text for all addresses that are certainly one person's. In doubt each address counts for itself: then a
 * client sees less and never more. All the addresses are in the text, so that a face that parts from the others is
 * another person.
 */
function personOf(photo: string, aliasesOf: Evidence['aliasesOf']): string {
  const aliases = aliasesOf?.(photo)
  if (aliases === undefined || 'unknown' in aliases || aliases.isOnePerson !== true) return photo
  // One list object means one set of addresses.
  const known = keyOf.get(aliases)
  if (known !== undefined) return known
  const key = aliases.toSorted().join(' ')
  keyOf.set(aliases, key)
  return key
}
