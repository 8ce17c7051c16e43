// The budgets of a replay as text: one sentence for each rule, and the clients that would have hit it.
import { printable } from '../text/printable.ts'
import type { BudgetCount, BudgetCounts } from './budget-counter.ts'

const maxClients = 10

export function describeBudgets({
  rules,
  timesWentBack,
  isIncomplete,
  withoutClient,
}: BudgetCounts): string[] {
  if (rules.length === 0) return []
  const remarks = []
  if (timesWentBack > 0) {
    remarks.push(
      `Times went back by more than a minute ${times(timesWentBack)}: budgets began anew there, so their numbers are lower bounds. Give the logs in the order of their times; logs of several servers must be merged.`,
    )
  }
  if (withoutClient > 0) {
    remarks.push(
      `${number(withoutClient)} of the requests that budgets count have no client in the log, and are not in these numbers.`,
    )
  }
  if (isIncomplete) {
    remarks.push(
      'There are too many clients or people for budgets: their numbers are lower bounds.',
    )
  }
  return [...rules.map(describeRule), ...remarks]
}

function describeRule(count: BudgetCount): string {
  const { name, people, perMs, clients, mostPeople, clientsOver, requestsOver, over } = count
  const budget = `${name}: budget of ${number(people)} people in ${duration(perMs)}`
  if (clients === 0) return `${budget}; no client asked`
  const { median, p95, most } = mostPeople
  const asked = `${number(clients)} ${clients === 1 ? 'client' : 'clients'} asked, for a median of ${number(median)} people, 95 % for at most ${number(p95)}, the most for ${number(most)}`
  if (requestsOver === 0) return `${budget}; ${asked}; none would have hit it`
  const hit = `${number(clientsOver)} would have hit it, with ${number(requestsOver)} ${requestsOver === 1 ? 'request' : 'requests'} answered as unknown`
  const rows = over.slice(0, maxClients).map(({ client, network, ...row }) => {
    return `  ${printable(client)} (${printable(network)}): ${number(row.mostPeople)} people, ${number(row.requestsOver)} over budget`
  })
  const others = clientsOver - rows.length
  const more = others > 0 ? [`  and ${number(others)} more`] : []
  return [`${budget}; ${asked}; ${hit}:`, ...rows, ...more].join('\n')
}

function times(count: number): string {
  return count === 1 ? 'once' : `${number(count)} times`
}

function duration(ms: number): string {
  const units: [string, number][] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
  ]
  const [unit, length] = units.find(([, each]) => ms % each === 0) ?? ['s', 1_000]
  return `${number(ms / length)}${unit}`
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}
