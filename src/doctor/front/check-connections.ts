// The connections between front and gate: whether the front keeps them at all, and whether it still uses one that the gate is
// about to close. Seen from the gate's machine, in the kernel's table of connections.
import { setTimeout as delay } from 'node:timers/promises'
import type { Diagnosis, Finding } from '../finding.ts'
import { snippetCure, stepFor } from './front-cure.ts'
import type { Probe } from './probe.ts'
import { maxAtOnce } from './probe-pace.ts'
import type { TcpRow } from './tcp-table.ts'
import { parseTcpTable } from './tcp-table.ts'

const pollMs = 50
// A front that keeps its connections has at least one after each of these.
const requests = 4
// At once: the worker processes of a front have connections of their own.
const parallel = maxAtOnce
// Shorter limits are for fronts without keep-alive, as the snippets print them.
const minKeptSeconds = 2
// With less, the moments below cannot be told apart.
const minWaitedSeconds = 3
// A front that still uses a connection so shortly before the gate closes it cannot know that it is too late.
const beforeEndMs = 1_500

export async function checkConnections(probe: Probe): Promise<Diagnosis> {
  const { settings } = probe.setup
  const { keepAliveSeconds } = settings.timeouts
  const ports = settings.listen.flatMap(listen => ('port' in listen ? [listen.port] : []))
  const what = `Whether the front keeps idle connections longer than the gate, which closes them after ${keepAliveSeconds} s`
  if (ports.length === 0) {
    const unknown = [`${what}: those over a Unix socket are in no table that doctor can read.`]
    return { findings: [], fine: [], unknown }
  }
  const rows = readRows(probe, ports)
  if (rows === undefined || !rows.some(({ state }) => state === 'listening')) {
    const unknown = [
      `${what}: run doctor on the gate's machine, under Linux, to see who closes first.`,
    ]
    return { findings: [], fine: [], unknown }
  }
  const isKept = await keepsConnections(probe, ports)
  if (!isKept) {
    const findings = keepAliveSeconds < minKeptSeconds ? [] : [keepsNone]
    return { findings, fine: [], unknown: [] }
  }
  const fine = ['The front keeps its connections to the gate.']
  const whyNot = whyNotWaited(probe)
  if (whyNot !== undefined) return { findings: [], fine, unknown: [`${what}: ${whyNot}.`] }
  return watchIdle(probe, ports)
}

function whyNotWaited({ setup, hasLog }: Probe): string | undefined {
  const { keepAliveSeconds } = setup.settings.timeouts
  if (keepAliveSeconds < minWaitedSeconds) return `${keepAliveSeconds} s are too short to tell`
  if (!hasLog) return 'only with --log can doctor see that nobody else asks meanwhile'
  const seconds = Math.ceil(keepAliveSeconds + checkMs(keepAliveSeconds) / 1_000)
  return setup.waits ? undefined : `add --wait to look; that takes ${seconds} s`
}

// After the gate's limit (Node adds up to a second), and before the limit of a connection that was used meanwhile.
function checkMs(keepAliveSeconds: number): number {
  return Math.min(2_500, keepAliveSeconds * 375)
}

function readRows({ setup }: Probe, ports: readonly number[]): TcpRow[] | undefined {
  const tables = setup.readTcpTables()
  return tables?.flatMap(text => ports.flatMap(port => parseTcpTable(text, port)))
}

function openRemotes(probe: Probe, ports: readonly number[]): Set<string> {
  const rows = readRows(probe, ports) ?? []
  return new Set(rows.filter(({ state }) => state === 'established').map(({ remote }) => remote))
}

async function keepsConnections(probe: Probe, ports: readonly number[]): Promise<boolean> {
  for (let count = 0; count < requests; count++) {
    await probe.ask(probe.nobody())
    await delay(pollMs)
    if (openRemotes(probe, ports).size > 0) return true
  }
  return false
}

async function askAtOnce(probe: Probe): Promise<void> {
  const asked = Array.from({ length: parallel }, () =>
    probe.ask(probe.nobody(), { isAtOnce: true }),
  )
  for (const each of await Promise.all(asked)) await probe.findLine(each)
}

// At once, a front that keeps few connections would open more, and might then close the old ones.
async function askInTurn(probe: Probe): Promise<void> {
  for (let count = 0; count < requests; count++) await probe.ask(probe.nobody())
}

// A connection that lives longer than the gate lets an idle one live has been used shortly before its end. Who closes first
// says nothing: Apache leaves a connection that it will never use again until the gate closes it.
async function watchIdle(probe: Probe, ports: readonly number[]): Promise<Diagnosis> {
  const { keepAliveSeconds } = probe.setup.settings.timeouts
  const keepAliveMs = keepAliveSeconds * 1_000
  await askAtOnce(probe)
  const startMs = performance.now()
  const old = openRemotes(probe, ports)
  const until = (ms: number) => delay(Math.max(0, startMs + ms - performance.now()))
  const before = probe.setup.lines?.others ?? 0
  await until(Math.max(keepAliveMs * 0.85, keepAliveMs - beforeEndMs))
  await askInTurn(probe)
  await until(keepAliveMs + checkMs(keepAliveSeconds))
  const now = openRemotes(probe, ports)
  const others = (probe.setup.lines?.others ?? 0) - before
  if (others > 0) {
    const unknown = [
      `Whether the front uses connections that the gate is about to close: others have asked meanwhile (${others} lines). Look again when it is quiet.`,
    ]
    return { findings: [], fine: [], unknown }
  }
  const isUsed = [...old].some(remote => now.has(remote))
  const fine = ['The front does not use connections that the gate is about to close.']
  return isUsed
    ? { findings: [races(keepAliveSeconds)], fine: [], unknown: [] }
    : { findings: [], fine, unknown: [] }
}

function races(keepAliveSeconds: number): Finding {
  const idleSeconds = Math.floor(keepAliveSeconds * 0.8)
  return {
    code: 'front-idle-race',
    effect: 'breaks',
    seen: `The gate closes idle connections after ${keepAliveSeconds} s, and the front still used one just before.`,
    why: 'Now and then the front sends a request just as the gate closes: a 502 without any line in the log of the gate.',
    cure: [
      stepFor(`Let the front close idle connections before ${keepAliveSeconds} s.`, {
        nginx: `keepalive_timeout ${idleSeconds}s;    (in upstream { })`,
        apache: `ProxyPass / http://127.0.0.1:8080/ nocanon ttl=${idleSeconds}`,
        caddy: `transport http { keepalive ${idleSeconds}s }`,
      }),
      'Or raise timeouts.keepAlive in photogate.yaml above the time of the front.',
    ],
  }
}

const keepsNone: Finding = {
  code: 'front-keeps-no-connection',
  effect: 'weakens',
  seen: 'After each request the front closes its connection to the gate.',
  why: 'Each photo costs a new connection; under load the front may run out of ports.',
  cure: [
    stepFor('Let the front keep connections.', {
      nginx:
        'proxy_http_version 1.1; proxy_set_header Connection "";    (and keepalive 16; in upstream { })',
      apache: 'no disablereuse=on, no proxy-nokeepalive, no force-proxy-request-1.0',
      caddy: 'no keepalive off',
    }),
    ...snippetCure,
  ],
}
