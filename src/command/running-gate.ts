// The gate that runs with a configuration, for the verbs that ask it something: finds it, asks it, and says in words what
// came of it. The words of each outcome are the verb's.
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { exitCodes, GateError } from '../error.ts'
import type { GateAnswer, OpenGate } from '../server/control/ask-gate.ts'
import { askGate, connectTo } from '../server/control/ask-gate.ts'
import { divideByTrust, findOwners, isProcessOfOwner } from '../server/control/believed-places.ts'
import type { ControlVerb } from '../server/control/control-message.ts'
import type { GatePlace, PlaceFacts } from '../server/control/control-places.ts'
import { controlKeysOf, findPlaces } from '../server/control/control-places.ts'
import { findConfigFile } from './config-file.ts'
import type { Output } from './output.ts'

export interface RunningGateOptions {
  config?: string
  photos?: string
  /** Which of several. */
  pid?: number
  json?: boolean
  /** Seconds to wait for the outcome. */
  timeout?: number
}

export interface ToldAnswer {
  /** Without a line end. */
  readonly text: string
  readonly exitCode: number
}

// Milliseconds in which a gate says that it has heard, unless it hangs.
const heardMs = 5_000

export function placeFacts(): PlaceFacts {
  return { env: process.env, uid: process.getuid?.(), temporary: tmpdir() }
}

/**
 * Asks the gate that runs with this configuration, and prints what came of it. @returns the exit code
 * @throws GateError GATE_CONFIG, GATE_USAGE, GATE_ABSENT
 */
export async function askRunningGate(
  verb: ControlVerb,
  options: RunningGateOptions & { readonly timeout: number },
  {
    output,
    wordsOf,
  }: { output: Output; wordsOf(answer: GateAnswer, gate: string): ToldAnswer | undefined },
): Promise<number> {
  const file = findConfigFile(options)
  const gate = await findGate(file, options)
  const times = { heardMs, outcomeMs: options.timeout * 1_000 }
  const { answer, pid } = await askGate(gate, verb, times)
  if (answer.outcome === 'stopped' || answer.outcome === 'cut-off') await waitForEnd(pid)
  const name = pid === undefined ? 'the gate' : `the gate (process ${pid})`
  const words = wordsOf(answer, name) ?? commonWords(answer, name, options.timeout)
  if (options.json) output.print(JSON.stringify({ ...answer, pid: pid ?? null }))
  else if (words.exitCode === exitCodes.fine) output.print(words.text)
  else output.note(`photogate: ${words.text}`)
  return words.exitCode
}

function commonWords(answer: GateAnswer, gate: string, timeoutSeconds: number): ToldAnswer {
  const { outcome } = answer
  const texts: Record<string, string> = {
    silent: `${gate} does not answer within ${heardMs / 1_000} s: it hangs or is stopped; look at its log, and end the process if it stays so`,
    'under-way': `${gate} has heard, and is not done after ${timeoutSeconds} s; look at its log, or wait longer with --timeout`,
    gone: `${gate} ended before it had answered; look at its log`,
  }
  const message = 'message' in answer ? `${gate}: ${answer.message}` : undefined
  return { text: message ?? texts[outcome] ?? `${gate}: ${outcome}`, exitCode: exitCodes.other }
}

async function findGate(
  file: string | undefined,
  { photos, pid }: RunningGateOptions,
): Promise<OpenGate> {
  const missing = file === undefined || existsSync(file) ? '' : ' (the file is not there)'
  const what = file === undefined ? `--photos ${photos}` : `${resolve(file)}${missing}`
  const facts = placeFacts()
  const places = findPlaces(facts, controlKeysOf(file, photos))
  const owners = findOwners(file ?? photos ?? '', facts.uid)
  const { believed, strange } = divideByTrust(places, owners)
  const wanted = pid === undefined ? believed : believed.filter(place => place.pid === pid)
  const found = await Promise.all(wanted.map(connectBelieving))
  const gates = found.filter(gate => typeof gate === 'object')
  const [first, second] = gates
  if (first !== undefined && second === undefined) return first
  for (const { socket } of gates) socket.destroy()
  if (second !== undefined) {
    const pids = gates.map(gate => gate.pid).join(' and ')
    throw new GateError(
      'GATE_USAGE',
      `${gates.length} gates run with ${what}: processes ${pids}; name one with --pid ${first?.pid}`,
    )
  }
  if (found.includes('forbidden')) {
    const message = `a gate runs with ${what}, and this user may not ask it; run this as its user or as root (administrator)`
    throw new GateError('GATE_ABSENT', message)
  }
  const which = pid === undefined ? 'no gate runs' : `no gate with process id ${pid} runs`
  const message = `${which} with ${what}, or this user cannot see it; name the configuration as serve was told it, and run this as its user or as root (administrator)`
  throw new GateError(
    'GATE_ABSENT',
    `${message}${wordsOfStrange(strange)}${wordsOfMisnamed(wanted, found)}`,
  )
}

type Connected = OpenGate | 'forbidden' | 'misnamed' | undefined

async function connectBelieving(place: GatePlace): Promise<Connected> {
  const gate = await connectTo(place)
  if (typeof gate !== 'object' || isProcessOfOwner(place)) return gate
  gate.socket.destroy()
  return 'misnamed'
}

function wordsOfMisnamed(places: readonly GatePlace[], found: readonly Connected[]): string {
  const place = places[found.indexOf('misnamed')]
  if (place === undefined) return ''
  return `. ${place.path} was not asked: process ${place.pid}, which it names, does not run as its owner (user ${place.owner})`
}

function wordsOfStrange(strange: readonly GatePlace[]): string {
  const [first] = strange
  if (first === undefined) return ''
  const users = [...new Set(strange.map(({ owner }) => owner))]
  const whose = users.length === 1 ? `user ${first.owner}` : `${users.length} users`
  return `. ${first.path} was not asked, because ${whose} may have put it there to pose as the gate: only the gates of root, of the user who asks, and of the owners of the configuration and its folder are believed`
}

const maxEndMs = 3_000

/** Until the process has gone, so that a script can start the next one. */
async function waitForEnd(pid: number | undefined): Promise<void> {
  const untilMs = Date.now() + maxEndMs
  while (pid !== undefined && isAlive(pid) && Date.now() < untilMs) {
    await new Promise(next => setTimeout(next, 20))
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
