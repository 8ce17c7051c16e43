// Budgets, alarms and canaries, from the configuration's text, and the warnings about each.
import type { AlarmLimit, Budget } from '../guest/ledger.ts'
import type { RuleBudget } from '../policy/budget.ts'
import type { Evidence } from '../policy/condition.ts'
import { buildNetworkSet, overlaps } from '../policy/network-set.ts'
import type { Policy, Rule } from '../policy/policy.ts'
import { parseAddress } from '../text/mail-address.ts'
import type { NetworksInput, Ranges } from './build-from.ts'
import { rangesOf, resolveNetworks } from './build-from.ts'
import type { Findings } from './document/findings.ts'
import { isRefused } from './document/findings.ts'
import type { Keys } from './document/yaml-nodes.ts'
import { listOf, presentOf } from './lists.ts'
import { alarm as alarmSchema, budget as budgetSchema } from './schema/budget.ts'
import { defaultOf } from './schema/parts.ts'
import type { ConfigText } from './schema/schema.ts'
import { parseDuration } from './units.ts'

export type RuleText = Partial<NonNullable<ConfigText['allow']>[number]>
type BudgetText = NonNullable<RuleText['budget']>

// A month is the longest that an administrator would look back.
const maxPerSeconds = 31 * 86_400

/** The budget and the alarm of `allow[at]`. Usable only when nothing was refused. */
export function buildCounting(
  input: NetworksInput,
  text: RuleText,
  at: number,
): Pick<Rule, 'budget' | 'alarm'> {
  const { budget, alarm } = text
  return {
    ...(budget === undefined ? {} : { budget: buildBudget(input, { text, budget }, at) }),
    ...(alarm === undefined ? {} : { alarm: buildAlarm(input.findings, alarm, at) }),
  }
}

function buildAlarm(
  findings: Findings,
  { people, per }: NonNullable<RuleText['alarm']>,
  at: number,
): AlarmLimit {
  const text = per ?? defaultOf(alarmSchema, 'per')
  return { people, perMs: readWindow(findings, text, ['allow', at, 'alarm', 'per']) }
}

function buildBudget(
  input: NetworksInput,
  { text, budget }: { readonly text: RuleText; readonly budget: BudgetText },
  at: number,
): RuleBudget {
  const { findings } = input
  const keys = ['allow', at, 'budget']
  const { people, per = defaultOf(budgetSchema, 'per'), misses = people, shared } = budget
  const perMs = readWindow(findings, per, [...keys, 'per'])
  refuseMisses(findings, { people, misses }, keys)
  if (shared === undefined) {
    if (text.ltpa === undefined) {
      const message = `of rule "${text.name}" is one budget for all who come from one address (NAT); give such networks another size: shared: { networks: [...], people: ${10 * people} }`
      findings.warn(keys, message)
    }
    return { people, misses, perMs }
  }
  if (text.ltpa !== undefined) {
    const message = `of rule "${text.name}" has no effect: a rule with ltpa counts users and not addresses; take it out`
    findings.warn([...keys, 'shared'], message)
  }
  const inProportion = Math.min(shared.people, Math.ceil((misses * shared.people) / people))
  const own: Budget = { people: shared.people, misses: shared.misses ?? inProportion, perMs }
  refuseMisses(findings, own, [...keys, 'shared'])
  const networks = resolveNetworks(input, shared.networks, [...keys, 'shared', 'networks'])
  const all = networks.flatMap(({ ranges }) => [...ranges])
  return { people, misses, perMs, shared: { networks: buildNetworkSet(all), budget: own } }
}

function refuseMisses(
  findings: Findings,
  { people, misses }: Pick<Budget, 'people' | 'misses'>,
  keys: Keys,
): void {
  if (!(misses > people) || isRefused(findings, keys)) return
  const message = `${misses} is more than people, of which they are a part; write ${people} or less`
  findings.refuse([...keys, 'misses'], message)
}

function readWindow(findings: Findings, text: string, keys: Keys): number {
  const seconds = parseDuration(text) as number
  if (seconds === 0)
    findings.refuse(keys, `"${text}" would count nobody; write 1s or more, like 1h`)
  if (seconds > maxPerSeconds)
    findings.refuse(keys, `"${text}" is longer than 31d; write 31d or less`)
  return seconds * 1_000
}

/** The canonical addresses. Warns of those by which nothing could be spent. */
export function buildCanaries(
  { canaries }: Pick<ConfigText, 'canaries'>,
  { rules }: Policy,
  findings: Findings,
): ReadonlySet<string> {
  const addresses = listOf(canaries ?? []).map(text => text && (parseAddress(text) as string))
  const budgeted = rules.filter(({ budget }) => budget !== undefined)
  if (presentOf(addresses).length > 0 && budgeted.length === 0)
    findings.warn(['canaries'], 'only write a line to the log: no rule has a budget to be spent')
  for (const [at, address] of addresses.entries()) {
    if (address === undefined || budgeted.length === 0) continue
    if (budgeted.some(rule => mayAdmit(rule, address))) continue
    const message = `"${address}" spends no budget: photos of ${budgeted.map(({ name }) => name).join(', ')} do not admit it; write a name that a guest might guess there`
    findings.warn(Array.isArray(canaries) ? ['canaries', at] : ['canaries'], message)
  }
  return new Set(presentOf(addresses))
}

/** Whether the photos of the rule may admit the address, whoever asks. */
function mayAdmit({ conditions }: Rule, photo: string): boolean {
  const evidence: Evidence = { client: undefined, cookies: [], photo }
  return conditions.every(
    one => one.kind !== 'photos' || one.matches(evidence) || one.isUndecided?.(evidence) === true,
  )
}

/** Warns of rules that are not tried for a client whose budget is spent, although they might admit it. */
export function warnOfHiddenRules(
  input: NetworksInput & { readonly allow: readonly (RuleText | undefined)[] },
): void {
  const { allow, findings } = input
  const rangesAt = allow.map(rule =>
    rule?.from === undefined ? undefined : rangesOf(input.networks, rule.from),
  )
  for (const [at, rule] of allow.entries()) {
    if (rule?.budget === undefined) continue
    const later = allow.flatMap((other, index) => {
      const isHidden = index > at && other?.name !== undefined
      return isHidden && mayMeet(rangesAt[at], rangesAt[index]) ? [other.name] : []
    })
    if (later.length === 0) continue
    const message = `of rule "${rule.name}" decides first: for a client that has spent it, ${later.join(', ')} ${later.length === 1 ? 'is' : 'are'} not tried; put rules that should still admit such a client before it`
    findings.warn(['allow', at, 'budget'], message)
  }
}

function mayMeet(some: Ranges | undefined, others: Ranges | undefined): boolean {
  return some === undefined || others === undefined || overlaps(some, others)
}
