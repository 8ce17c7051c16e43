// Whether HTTP/1.0 and HTTP/2 get the same answers as HTTP/1.1.
import type { Diagnosis, Finding } from '../finding.ts'
import { describeReply, kindOf } from './front-answer.ts'
import { snippetCure } from './front-cure.ts'
import type { AskedFront, Probe } from './probe.ts'
import { isLimited } from './probe.ts'

export async function checkProtocols(probe: Probe, before: AskedFront): Promise<Diagnosis> {
  const http10 = await probe.ask(probe.nobody(), { isHttp10: true })
  const http2 = await probe.askHttp2(probe.nobody())
  const findings = [
    ...(await compare(probe, before, { asked: http10, name: 'HTTP/1.0' })),
    ...(http2 === undefined ? [] : await compare(probe, before, { asked: http2, name: 'HTTP/2' })),
  ]
  const same = http2 === undefined ? 'HTTP/1.0 gets' : 'HTTP/1.0 and HTTP/2 get'
  const isKnown = ![http10, http2].some(asked => asked !== undefined && isLimited(asked))
  const fine = findings.length === 0 && isKnown ? [`${same} the same answers as HTTP/1.1.`] : []
  return { findings, fine, unknown: [] }
}

async function compare(
  probe: Probe,
  before: AskedFront,
  { asked, name }: { asked: AskedFront; name: 'HTTP/1.0' | 'HTTP/2' },
): Promise<Finding[]> {
  const { otherwise } = probe.setup.settings
  if (isLimited(asked)) return []
  const kinds = [before, asked].map(({ answer }) => answer && kindOf(answer, otherwise))
  const lines = probe.hasLog
    ? await Promise.all([before, asked].map(each => probe.findLine(each)))
    : []
  const [first, second] = lines
  const isSameClient = first === undefined || second === undefined || first.client === second.client
  if (kinds[0] === kinds[1] && isSameClient) return []
  const seen = isSameClient
    ? `In ${name} the front gives ${describeReply(asked.reply)}, in HTTP/1.1 ${describeReply(before.reply)}.`
    : `In ${name} the gate sees the client ${second?.client ?? 'not at all'}, in HTTP/1.1 ${first?.client ?? 'not at all'}.`
  return [
    {
      code: name === 'HTTP/2' ? 'front-http2-differs' : 'front-http10-differs',
      effect: name === 'HTTP/2' || !isSameClient ? 'breaks' : 'weakens',
      seen,
      why:
        name === 'HTTP/2'
          ? 'All browsers use HTTP/2 where the front offers it.'
          : 'Older programs, health checks and scripts speak HTTP/1.0.',
      cure: [
        `Let the virtual host of the photos answer ${name} as it does HTTP/1.1: the same listen lines, the same proxy lines.`,
        ...snippetCure,
      ],
    },
  ]
}
