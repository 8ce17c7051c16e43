// What it means that a request through the front has left no line in the gate's log, or that there is no log.
import type { Diagnosis, Finding } from '../finding.ts'
import { describeReply, isOfGate } from './front-answer.ts'
import type { FrontPlace } from './front-request.ts'
import type { AskedFront, Probe } from './probe.ts'
import { plainListeners } from './probe.ts'

export interface LineLoss {
  readonly diagnosis: Diagnosis
  /** Nothing more can be learned: something else than the gate answers, or may do so. */
  readonly isOver: boolean
}

export async function judgeLoss(probe: Probe, asked: AskedFront): Promise<LineLoss> {
  const { lines, lineMs } = probe.setup
  const { origin } = probe.place.url
  const reply = describeReply(asked.reply)
  if (lines !== undefined && (await reachesByItself(probe))) {
    const seen = `${origin} answers ${reply}, and the request has not come to this gate. Asked directly, the gate logs it.`
    return { diagnosis: found(probe, seen), isOver: true }
  }
  if (await isStrange(probe, asked)) {
    if (asked.answer?.status === 200) {
      const seen = `${origin} answers ${reply} to the name of nobody, which the gate never does.`
      return { diagnosis: found(probe, seen), isOver: true }
    }
    const unknown = [
      `All about the front: ${origin} answers ${reply}, and only the log of the gate shows whether the gate has made this answer.`,
    ]
    return { diagnosis: { findings: [], fine: [], unknown }, isOver: true }
  }
  const unknown =
    lines === undefined
      ? 'Everything that only the log of the gate shows: name it with --log FILE, or pipe it in with --log -.'
      : `Everything that only the log of the gate shows: no line of doctor's requests has come in ${lineMs / 1000} s (${lines.others} lines of others). Is it the log of the gate behind ${origin}, and is it written to now?`
  return { diagnosis: { findings: [], fine: [], unknown: [unknown] }, isOver: false }
}

function found({ setup }: Probe, seen: string): Diagnosis {
  const places = plainListeners(setup.settings)
    .map(({ host, port }) => `${host}:${port}`)
    .join(', ')
  const finding: Finding = {
    code: 'front-not-the-gate',
    effect: 'breaks',
    seen,
    why: 'Something else answers in place of the gate: another virtual host, files of the front, a cache, another gate.',
    cure: [
      'Look which virtual host answers for this name and port (apachectl -S, nginx -T), and that all paths of it go to the gate.',
      `Compare the address there with listen in photogate.yaml: ${places}.`,
    ],
  }
  return { findings: [finding], fine: [], unknown: [] }
}

// Shows that the log is that of this gate. Only from its own machine, as a rule.
async function reachesByItself(probe: Probe): Promise<boolean> {
  const [listen] = plainListeners(probe.setup.settings)
  if (listen === undefined) return false
  const host = /^(?:0\.0\.0\.0|::)$/.test(listen.host) ? '127.0.0.1' : listen.host
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${listen.port}`
  if (!URL.canParse(address)) return false
  const place: FrontPlace = { url: new URL(address), authorities: undefined, from: undefined }
  const asked = await probe.ask(probe.nobody(), { place })
  return asked.answer !== undefined && (await probe.findLine(asked)) !== undefined
}

// Only the answer itself can show then whether the gate has made it.
async function isStrange(probe: Probe, { answer }: AskedFront): Promise<boolean> {
  if (answer === undefined || isOfGate(answer, probe.setup.settings.otherwise)) return false
  const health = (await probe.ask('/-/healthz')).answer
  return health?.status !== 200 || health.body.toString() !== 'ok\n'
}
