// All checks of the front, in their order: is it there, is the gate behind it, and then everything that one can ask.
import { lookup } from 'node:dns/promises'
import { createServer } from 'node:net'
import type { Diagnosis } from '../finding.ts'
import { mergeDiagnoses } from '../finding.ts'
import { cachePathsOf, checkAdmission, findAdmitting, photoPathOf } from './admission.ts'
import { checkAnswers } from './check-answers.ts'
import { checkCaches } from './check-caches.ts'
import { checkClient } from './check-client.ts'
import { checkConnections } from './check-connections.ts'
import { checkCookies } from './check-cookies.ts'
import { checkForging, checkForgingBlindly } from './check-forging.ts'
import { checkOtherScheme } from './check-other-scheme.ts'
import { checkPaths } from './check-paths.ts'
import { checkProtocols } from './check-protocols.ts'
import { checkLoop, findMove, judgeDowngrade, judgeMove } from './check-redirects.ts'
import { checkWaysRound } from './check-ways-round.ts'
import { judgeLoss } from './front-loss.ts'
import { hostOf } from './front-request.ts'
import { judgePace, judgePeople, limitedAtOnce } from './front-traces.ts'
import { judgeEnd, judgeStranger, judgeTrouble } from './front-trouble.ts'
import type { AskedFront, FrontSetup, Probe } from './probe.ts'
import { askNobodies, buildProbe, isLimited } from './probe.ts'
import type { ProbeLine } from './probe-log.ts'

export interface FrontDiagnosis extends Diagnosis {
  /** A log was given, and has shown requests of doctor's. */
  readonly hasLog: boolean
}

/** Asks the front. Sends about 40 requests, none of which changes anything, and reads nothing but their answers and lines. */
export async function checkFront(setup: FrontSetup): Promise<FrontDiagnosis> {
  const from = await chooseOwnAddress(setup.url)
  const first = buildProbe(setup, { url: setup.url, authorities: setup.authorities, from })
  const asked = await first.ask(first.nobody())
  if (isLimited(asked)) return { ...limitedAtOnce(setup.url), hasLog: false }
  if (asked.answer === undefined) {
    return { ...(await judgeTrouble(first.place, troubleIn(asked))), hasLog: false }
  }
  const { otherwise } = setup.settings
  const redirect = 'redirect' in otherwise ? otherwise.redirect : undefined
  const target = findMove(asked, setup.url, redirect)
  // A name with an address of IPv6 and one of IPv4 would be two clients to the gate.
  const address = asked.answer.remoteAddress
  if (target === undefined) {
    const pinned = first.moveTo({ ...first.place, address })
    return { ...(await checkAt(pinned, asked)), hasLog: pinned.hasLog }
  }
  if (setup.url.protocol === 'https:' && target.protocol === 'http:') {
    return { ...judgeDowngrade(setup.url, target), hasLog: false }
  }
  const move = judgeMove(asked.path, setup.url, target)
  const moved = { ...first.place, url: new URL(target.origin), address }
  const second = first.moveTo(moved)
  const there = await second.ask(second.nobody())
  const found = isLimited(there)
    ? limitedAtOnce(target)
    : there.answer === undefined
      ? await judgeTrouble(moved, troubleIn(there))
      : await checkAt(second, there)
  return { ...mergeDiagnoses([move, found]), hasLog: second.hasLog }
}

function troubleIn({ reply }: AskedFront) {
  return 'code' in reply ? reply : { code: 'NO_ANSWER', message: '' }
}

// On one machine, front and client would have one address, and nobody could tell which of them the gate has logged.
async function chooseOwnAddress(url: URL): Promise<string | undefined> {
  const { address } = await lookup(hostOf(url)).catch(() => ({ address: '' }))
  return address.startsWith('127.') && (await canListen(otherLoopback)) ? otherLoopback : undefined
}

const otherLoopback = '127.0.0.2'

function canListen(host: string): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.on('error', () => resolve(false))
    server.listen(0, host, () => server.close(() => resolve(true)))
  })
}

async function checkAt(probe: Probe, first: AskedFront): Promise<Diagnosis> {
  const stranger = first.answer && judgeStranger(probe.place, first.answer)
  if (stranger !== undefined) {
    const unknown = ['All else about the front: first it must reach the gate.']
    return { findings: [stranger], fine: [], unknown }
  }
  const { asked, line } = await findFirstLine(probe, first)
  probe.hasLog = line !== undefined
  const loss = line === undefined ? await judgeLoss(probe, asked) : undefined
  if (loss?.isOver) return loss.diagnosis
  const lost = loss === undefined ? [] : [loss.diagnosis]
  return mergeDiagnoses([...lost, ...(await checkAll(probe, asked, line))])
}

// Behind a front of several gates, each with a log of its own, not every request comes to this one.
async function findFirstLine(probe: Probe, first: AskedFront) {
  const line = await probe.findLine(first)
  if (line !== undefined || probe.setup.lines === undefined) return { asked: first, line }
  const others = await askNobodies(probe)
  return others.find(each => each.line !== undefined) ?? { asked: first, line: undefined }
}

async function checkAll(
  probe: Probe,
  asked: AskedFront,
  line: ProbeLine | undefined,
): Promise<Diagnosis[]> {
  const admission = await checkAdmission(probe, asked, line)
  const isOpen = admission.findings.length > 0
  const admitting = isOpen ? {} : await findAdmitting(probe, asked)
  const photoPath = photoPathOf(probe)
  const ends = asked.answer && judgeEnd(probe.place.url, asked.answer, probe.setup.nowMs)
  const other = await checkOtherScheme(probe, probe.setup.otherScheme ?? otherSchemeOf(probe))
  // What is right at one of two ways in says too much.
  const isOtherwise = other.findings.length > 0 || other.unknown.length > 0
  const quiet = (diagnosis: Diagnosis) => (isOtherwise ? { ...diagnosis, fine: [] } : diagnosis)
  const client = line === undefined ? nobodyKnowsClient : checkClient(probe, asked, line)
  const checks = await Promise.all([
    { findings: ends ?? [], fine: [], unknown: [] },
    admission,
    quiet(client),
    quiet(
      await (line === undefined ? checkForgingBlindly(probe, asked) : checkForging(probe, line)),
    ),
    other,
    checkPaths(probe),
    checkProtocols(probe, asked),
    checkCookies(probe, asked),
    checkLoop(probe, asked),
    checkWaysRound(probe, line?.peer ?? undefined),
  ])
  // One after the other: each of them looks at what stays behind from a request.
  return [
    ...checks,
    await checkCaches(probe, cachePathsOf(probe), admitting),
    await checkAnswers(probe, { photoPath, admitting }),
    await checkConnections(probe),
    judgePace(probe),
    judgePeople(probe),
  ]
}

// Where both have their usual ports.
function otherSchemeOf({ place }: Probe): URL | undefined {
  const { protocol, port, hostname } = place.url
  if (port !== '') return undefined
  return new URL(`${protocol === 'https:' ? 'http' : 'https'}://${hostname}`)
}

const nobodyKnowsClient: Diagnosis = {
  findings: [],
  fine: [],
  unknown: ['Whether the gate sees the right client: that stands in its log.'],
}
