// The decision log: search, filter, follow, and open a row.
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { DecisionRow, DecisionsAnswer, RulesAnswer } from '../page/answers.ts'
import { getJson, useAnswer } from './api.ts'
import { DecisionDetail } from './decision-detail.ts'
import { clockText, dayText, reasonNames } from './format.ts'
import { html } from './html.ts'
import type { Live } from './live.ts'
import { Badge } from './parts.ts'
import { replaceQuery } from './route.ts'

type Filter = Readonly<Record<'words' | 'outcome' | 'rule' | 'reason', string>>

const fields = ['words', 'outcome', 'rule', 'reason'] as const
const rowsPerPage = 50
// Milliseconds without a key before a search is sent.
const typingMs = 200

interface DecisionsProps {
  readonly query: URLSearchParams
  readonly live: Live
}

export function DecisionsView({ query, live }: DecisionsProps): VNode {
  const [filter, setFilter] = useState<Filter>(() => filterOf(query))
  const [isFollowing, setFollowing] = useState(true)
  const [page, setPage] = useState<DecisionsAnswer>({ rows: [], next: null })
  const [problem, setProblem] = useState('')
  const [openId, setOpenId] = useState<number>()
  const asked = query.toString()
  useEffect(() => setFilter(filterOf(new URLSearchParams(asked))), [asked])

  const load = async (before: number | null) => {
    try {
      const answer = await getJson<DecisionsAnswer>(pathOf(filter, before))
      setPage(last =>
        before === null ? answer : { ...answer, rows: [...last.rows, ...answer.rows] },
      )
      setProblem('')
    } catch (error) {
      setProblem((error as Error).message)
    }
  }
  useEffect(() => {
    replaceQuery('decisions', filter)
    const timer = setTimeout(() => void load(null), typingMs)
    return () => clearTimeout(timer)
  }, [filter])
  // Rows do not move under an open one, or behind further pages.
  const isStill = !isFollowing || openId !== undefined || page.rows.length > rowsPerPage
  useEffect(() => {
    if (!isStill && (live.last?.rows.length ?? 0) > 0) void load(null)
  }, [live.version])

  return html`
    <h1>Decisions</h1>
    <${Filters} filter=${filter} onFilter=${setFilter} isFollowing=${isFollowing} onFollow=${setFollowing} />
    ${problem === '' ? null : html`<p class="problem" role="alert">${problem}</p>`}
    ${page.rows.length === 0 ? html`<p class="quiet" role="status">No decision is like that among the last 10,000.</p>` : null}
    <ol class="decisions">
      ${page.rows.map(row => html`<${Row} key=${row.id} row=${row} isOpen=${row.id === openId} onOpen=${setOpenId} />`)}
    </ol>
    ${page.next === null ? null : html`<button type="button" onClick=${() => void load(page.next)}>Show older decisions</button>`}
  `
}

interface FiltersProps {
  readonly filter: Filter
  readonly isFollowing: boolean
  onFilter(filter: Filter): void
  onFollow(isFollowing: boolean): void
}

/** A link may name a rule that the configuration has no more. */
function withChosen(values: readonly string[], chosen: string): readonly string[] {
  return chosen === '' || values.includes(chosen) ? values : [chosen, ...values]
}

function Filters({ filter, onFilter, isFollowing, onFollow }: FiltersProps): VNode {
  const answer = useAnswer<RulesAnswer>('/api/rules')
  const known = answer.state === 'loaded' ? answer.answer.rules.map(({ name }) => name) : []
  const rules = [...known, 'turned-away']
  const set = (field: keyof Filter) => (event: Event) =>
    onFilter({ ...filter, [field]: (event.target as HTMLInputElement).value })
  const input = (field: keyof Filter, label: string) =>
    html`<label>${label}<input type="search" value=${filter[field]} onInput=${set(field)} autocomplete="off" spellcheck=${false} /></label>`
  const choose = (field: keyof Filter, label: string, values: readonly string[]) =>
    html`<label>${label}<select value=${filter[field]} onChange=${set(field)}>
      <option value="">all</option>
      ${withChosen(values, filter[field]).map(value => html`<option key=${value} value=${value}>${value}</option>`)}
    </select></label>`
  return html`<form class="filters" role="search" onSubmit=${(event: Event) => event.preventDefault()}>
    ${input('words', 'Photo, client, user, path')}
    ${choose('outcome', 'Outcome', ['admitted', 'turned-away', 'unjudged'])}
    ${choose('rule', 'Rule', rules)}
    ${choose('reason', 'Reason', reasonNames)}
    <label class="check"><input type="checkbox" checked=${isFollowing} onChange=${(event: Event) => onFollow((event.target as HTMLInputElement).checked)} /> Follow</label>
  </form>`
}

interface RowProps {
  readonly row: DecisionRow
  readonly isOpen: boolean
  onOpen(id: number | undefined): void
}

function Row({ row, isOpen, onOpen }: RowProps): VNode {
  const { id, timeMs, outcome, address, path, client, rule, reason, status, milliseconds } = row
  return html`<li>
    <button type="button" class="row" aria-expanded=${isOpen} onClick=${() => onOpen(isOpen ? undefined : id)}>
      <time dateTime=${new Date(timeMs).toISOString()} title=${dayText(timeMs)}>${clockText(timeMs)}</time>
      <${Badge} outcome=${outcome} />
      <span class="photo">${address ?? path ?? 'not HTTP'}</span>
      <span class="client">${client ?? 'no client'}</span>
      <span class="why">${outcome === 'admitted' ? `${rule}: ${reason}` : reason}</span>
      <span class="number quiet">${status} · ${milliseconds.toFixed(1)} ms</span>
    </button>
    ${isOpen ? html`<${DecisionDetail} id=${id} />` : null}
  </li>`
}

function filterOf(query: URLSearchParams): Filter {
  const [words, outcome, rule, reason] = fields.map(field => query.get(field) ?? '') as [
    string,
    string,
    string,
    string,
  ]
  return { words, outcome, rule, reason }
}

function pathOf(filter: Filter, before: number | null): string {
  const given = fields
    .filter(field => filter[field].trim() !== '')
    .map(field => [field, filter[field].trim()])
  const query = new URLSearchParams([...given, ['limit', String(rowsPerPage)]] as string[][])
  if (before !== null) query.set('before', String(before))
  return `/api/decisions?${query}`
}
