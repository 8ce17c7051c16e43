// Asks through the front with requests that doctor knows again in the gate's log. All checks of the front share one probe.
import { setTimeout as delay } from 'node:timers/promises'
import type { ListenAddress } from '../../config/listen/settings.ts'
import type { Settings } from '../../config/settings.ts'
import type { FrontAnswer, FrontReply } from './front-answer.ts'
import { isAnswer } from './front-answer.ts'
import type { FrontHeaders, FrontPlace } from './front-request.ts'
import { askFront, askHttp2, askHttp10 } from './front-request.ts'
import type { ProbeLine, ProbeLines } from './probe-log.ts'
import { agentOf } from './probe-log.ts'
import type { ProbePace } from './probe-pace.ts'
import { buildPace } from './probe-pace.ts'
import type { SsoCookie } from './sso-cookie.ts'

export interface FrontSetup {
  /** The front's public URL: scheme, host and port. */
  readonly url: URL
  /** The same host by the other scheme. Undefined: at its usual port, where the front has its own, too. */
  readonly otherScheme?: URL | undefined
  readonly settings: Settings
  /** Of photogate. */
  readonly version: string
  /** Begins the ids of all requests: 10 characters that nobody else's user agent has. */
  readonly nonce: string
  /** The lines of the gate's log that come while doctor asks. Undefined: there is no log. */
  readonly lines: ProbeLines | undefined
  /** How long a line may take to come, after the answer. */
  readonly lineMs: number
  /** How long a cache may take to store what it has sent. */
  readonly storingMs: number
  /** Between two requests. A front that limits them may be asked ten times slower. */
  readonly paceMs: number
  /** A canonical mail address that has a photo. Undefined: an address is asked for that nobody has. */
  readonly photo: string | undefined
  readonly cookie: SsoCookie | undefined
  /** The address that the front sees this machine under. Undefined: that of the connection. */
  readonly client: string | undefined
  /** PEM texts; undefined: those that Node trusts. */
  readonly authorities: readonly string[] | undefined
  /** The addresses of this machine that other machines reach it under. */
  readonly ownAddresses: readonly string[]
  /** The texts of the kernel's tables of connections. Undefined: this system has none. */
  readTcpTables(): readonly string[] | undefined
  /** Milliseconds since the epoch. */
  readonly nowMs: number
  /** Wait until idle connections end. */
  readonly waits: boolean
}

export interface AskedFront {
  readonly id: string
  readonly path: string
  readonly reply: FrontReply
  readonly answer: FrontAnswer | undefined
}

export interface AskedOptions {
  readonly headers?: FrontHeaders
  readonly isHttp10?: boolean
  /** Together with others. */
  readonly isAtOnce?: boolean
  /** Undefined: the front. */
  readonly place?: FrontPlace
}

export interface SharedProbe {
  count: number
  readonly pace: ProbePace
  /** The front has answered something else than 503: then a 503 is no sign that it never reaches the gate. */
  hasAnswered: boolean
  /** Requests that the front has refused again and again as too many. */
  limited: number
  /** Of all requests. */
  readonly ids: string[]
}

export interface Probe {
  readonly setup: FrontSetup
  readonly place: FrontPlace
  /** Whether the log has shown a request of doctor's: only then does a missing line say anything. */
  hasLog: boolean
  /** What all probes of one front share. */
  readonly shared: SharedProbe
  /** A probe that asks elsewhere, with ids that this one has not used. */
  moveTo(place: FrontPlace): Probe
  /** A path that names nobody. Each call gives another spelling of one address: budgets count people. */
  nobody(): string
  ask(path: string, options?: AskedOptions): Promise<AskedFront>
  /** Undefined: the front does not offer HTTP/2. */
  askHttp2(path: string, headers?: FrontHeaders): Promise<AskedFront | undefined>
  /** The gate's line about the request. Undefined: there is no log, or the request has not reached the gate. */
  findLine(asked: AskedFront): Promise<ProbeLine | undefined>
}

const pollMs = 20

/** Where the gate listens without TLS: with it, its certificate would have to be for the address that doctor asks. */
export function plainListeners({ listen }: Settings): ListenAddress[] {
  return listen.filter((each): each is ListenAddress => 'host' in each && each.tls === undefined)
}

/** A domain that no name server knows and no directory has (RFC 6761 section 6.4). */
export const nobodysDomain = 'photogate-doctor.invalid'

const limitedCode = 'LIMITED'

/** Whether the front has refused the request because doctor has asked too often. */
export function isLimited({ reply }: AskedFront): boolean {
  return 'code' in reply && reply.code === limitedCode
}

const maxTries = 3

/** `hasLog`: known when the first line has come. */
export function buildProbe(
  setup: FrontSetup,
  place: FrontPlace,
  shared: SharedProbe = shareProbe(setup),
): Probe {
  const { nonce, version, lines } = setup
  const begin = (path: string, headers: FrontHeaders = {}) => {
    const id = `${nonce}-${++shared.count}`
    shared.ids.push(id)
    const agent = { 'user-agent': agentOf(version, id) }
    return { id, request: { path, headers: { ...agent, ...headers } } }
  }
  const findLine: Probe['findLine'] = async ({ id, answer }) => {
    if (lines === undefined) return undefined
    // Without an answer, the line may already be there, or never come.
    const untilMs = performance.now() + (answer === undefined ? setup.lineMs / 4 : setup.lineMs)
    let line = lines.find(id)
    while (line === undefined && performance.now() < untilMs) {
      await delay(pollMs)
      line = lines.find(id)
    }
    return line
  }
  const isTooMany = async (asked: AskedFront) => {
    const status = asked.answer?.status
    // The gate itself may be closing, and says so in its log.
    if (status === 503 && shared.hasAnswered) return (await findLine(asked)) === undefined
    shared.hasAnswered ||= status !== undefined && status !== 503
    return status === 429
  }
  const askPatiently = async <Asked extends AskedFront | undefined>(
    ask: () => Promise<Asked>,
    isAtOnce: boolean,
  ): Promise<Asked> => {
    for (let tries = 1; ; tries++) {
      const asked = await shared.pace.run(ask, isAtOnce)
      if (asked === undefined || !(await isTooMany(asked))) return asked
      if (tries < maxTries && shared.limited < maxLimited) await shared.pace.slowDown()
      else {
        shared.limited++
        const message = `${asked.answer?.status}, too many requests`
        return { ...asked, reply: { code: limitedCode, message }, answer: undefined }
      }
    }
  }
  return {
    setup,
    place,
    hasLog: false,
    shared,
    moveTo: elsewhere => buildProbe(setup, elsewhere, shared),
    nobody: () => `/${nonce}.a@${spell(nobodysDomain, ++shared.count)}.jpg`,
    ask: (path, { headers, isHttp10 = false, isAtOnce = false, place: at = place } = {}) => {
      const ask = async () => {
        const { id, request } = begin(path, headers)
        return askedOf(id, path, await (isHttp10 ? askHttp10 : askFront)(at, request))
      }
      return askPatiently(async () => {
        const asked = await ask()
        // Once is chance: a front that is reloaded, or has no connection left for a moment.
        return 'code' in asked.reply && asked.reply.code === 'ECONNRESET' ? ask() : asked
      }, isAtOnce)
    },
    askHttp2: (path, headers) =>
      askPatiently(async () => {
        const { id, request } = begin(path, headers)
        const reply = await askHttp2(place, request)
        return reply && askedOf(id, path, reply)
      }, false),
    findLine,
  }
}

// Then it limits them for good, and doctor need not try each of them three times.
const maxLimited = 3

function shareProbe({ paceMs }: FrontSetup): SharedProbe {
  const pace = buildPace(paceMs)
  return { count: 0, pace, hasAnswered: false, limited: 0, ids: [] }
}

/**
 * The same address for the gate, which takes all letters for small ones, and another text for a cache.
 * @example spell('ab.c', 5) // 'Ab.C'
 */
export function spell(text: string, at: number): string {
  let rest = at
  return text.replace(/[a-z]/g, letter => {
    const isCapital = rest % 2 === 1
    rest = Math.floor(rest / 2)
    return isCapital ? letter.toUpperCase() : letter
  })
}

const controls = 6

/** Asks at once for names that nobody has asked for, which no cache can have. */
export function askNobodies(
  probe: Probe,
): Promise<{ asked: AskedFront; line: ProbeLine | undefined }[]> {
  const asking = Array.from({ length: controls }, async () => {
    const asked = await probe.ask(probe.nobody())
    return { asked, line: await probe.findLine(asked) }
  })
  return Promise.all(asking)
}

function askedOf(id: string, path: string, reply: FrontReply): AskedFront {
  return { id, path, reply, answer: isAnswer(reply) ? reply : undefined }
}
