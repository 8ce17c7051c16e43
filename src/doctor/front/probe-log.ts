// The lines of doctor's own requests in the gate's log, found by the nonce in their user agent. Everything else in the log is
// skipped unread: it is about other people.
import type { Settings } from '../../config/settings.ts'
import type { Rule } from '../../policy/policy.ts'

/** What the gate wrote about one request of doctor's. */
export interface ProbeLine {
  readonly client: string | null
  readonly peer: string | null
  readonly address: string | null
  /** Only of a request that names no photo. */
  readonly path: string | undefined
  readonly status: number
  readonly rule: string | null
  readonly reason: string
  /** The line has a token: verified or refused. */
  readonly hasToken: boolean
}

/** The rule that has admitted, among those of the configuration. Undefined: none has. */
export function ruleOf({ policy }: Settings, line: ProbeLine | undefined): Rule | undefined {
  return line && policy.rules.find(({ name }) => name === line.rule)
}

/** Whether the rule asks for something that a client must send: a cookie, a token, a link or a pass. */
export function needsProof({ conditions }: Rule): boolean {
  return conditions.some(({ kind }) => kind !== 'from' && kind !== 'photos')
}

export interface ProbeLines {
  /** One line of the log, latin1. */
  push(line: string | undefined): void
  find(id: string): ProbeLine | undefined
  /** How many lines are about requests of others. */
  readonly others: number
}

/** The user agent of a request. Not a header of its own: the gate logs this one already. */
export function agentOf(version: string, id: string): string {
  return `photogate-doctor/${version} ${id}`
}

// Doctor asks less often than this.
const maxLines = 1_000

/** `nonce`: what the ids of the requests begin with. */
export function buildProbeLines(nonce: string): ProbeLines {
  const found = new Map<string, ProbeLine>()
  let others = 0
  return {
    push: line => {
      if (line === undefined || !line.includes('"msg":"request"')) return
      if (!line.includes(nonce)) others++
      if (!line.includes(nonce) || found.size >= maxLines) return
      // Behind what journald or a container writes before it.
      const parsed = parseLine(line.slice(line.indexOf('{')))
      const id = parsed === undefined ? undefined : /(\S+)$/.exec(String(parsed.userAgent))?.[1]
      if (parsed !== undefined && id?.startsWith(nonce)) found.set(id, lineOf(parsed))
    },
    find: id => found.get(id),
    get others() {
      return others
    },
  }
}

function parseLine(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}

function lineOf(parsed: Record<string, unknown>): ProbeLine {
  const textOf = (key: string) => (typeof parsed[key] === 'string' ? parsed[key] : null)
  return {
    client: textOf('client'),
    peer: textOf('peer'),
    address: textOf('address'),
    path: textOf('path') ?? undefined,
    status: Number(parsed.status),
    rule: textOf('rule'),
    reason: textOf('reason') ?? '',
    hasToken: parsed.token !== undefined,
  }
}
