// What it means that the front gives no answer, or another than the gate's. Nothing is asked any more then.

import { isIP } from 'node:net'
import type { DetailedPeerCertificate } from 'node:tls'
import { connect } from 'node:tls'
import type { Diagnosis, Finding } from '../finding.ts'
import type { FrontAnswer, FrontTrouble } from './front-answer.ts'
import { clip, describeReply } from './front-answer.ts'
import { snippetCure, stepFor } from './front-cure.ts'
import type { FrontPlace } from './front-request.ts'
import { hostOf, portOf } from './front-request.ts'

const authorityCodes = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
])
const ageCodes = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

export async function judgeTrouble(place: FrontPlace, trouble: FrontTrouble): Promise<Diagnosis> {
  const finding = await findingOf(place, trouble)
  const unknown = [`All else about the front: doctor asks no further at ${place.url.origin}.`]
  return { findings: [finding], fine: [], unknown }
}

async function findingOf(place: FrontPlace, trouble: FrontTrouble): Promise<Finding> {
  const { origin, hostname } = place.url
  const { code, message } = trouble
  if (authorityCodes.has(code)) {
    return {
      code: 'front-tls-authority',
      effect: 'breaks',
      seen: `The certificate of ${origin} is from no authority that this machine trusts (${code}). The front sends: ${await describeChain(place)}.`,
      why: 'Clients that do not know the authority get no photo: Java, Sametime and Notes have lists of their own.',
      cure: [
        'If the authority is your own, name its certificate for this check: --ca FILE, and import it where clients do not know it.',
        'If it is a public one, let the front send the whole chain, its own certificate first (fullchain.pem).',
      ],
    }
  }
  if (ageCodes.has(code) || code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const isAge = ageCodes.has(code)
    return {
      code: isAge ? 'front-tls-date' : 'front-tls-name',
      effect: 'breaks',
      seen: isAge
        ? `The certificate of ${origin} is not valid today (${code}). The front sends: ${await describeChain(place)}.`
        : `The certificate of ${origin} is not for ${hostname}: ${message}.`,
      why: 'No client that verifies certificates gets a photo.',
      cure: [
        isAge
          ? 'Renew the certificate, and look at the clock of this machine.'
          : `Get a certificate for ${hostname}, or ask by a name that it has.`,
      ],
    }
  }
  return {
    code: 'front-unreachable',
    effect: 'breaks',
    seen: `${origin} gives no answer: ${message === '' ? code : message}.`,
    why: 'Nobody gets a photo from there, at least not from this machine.',
    cure: ['Look whether the front runs and listens there, and whether a firewall is between.'],
  }
}

const maxChain = 10
const lookMs = 5_000

// Only looks at the certificates: nothing is sent, and nothing that comes is believed.
function describeChain({ url, from }: FrontPlace): Promise<string> {
  return new Promise(resolve => {
    const socket = connect({
      ...{ host: hostOf(url), port: portOf(url), rejectUnauthorized: false },
      ...(isIP(hostOf(url)) === 0 ? { servername: url.hostname } : {}),
      ...(from === undefined ? {} : { localAddress: from }),
    })
    socket.setTimeout(lookMs, () => socket.destroy())
    socket.on('error', error => resolve(error.message))
    socket.on('close', () => resolve('nothing'))
    socket.once('secureConnect', () => {
      resolve(chainOf(socket.getPeerCertificate(true)).join(', then '))
      socket.destroy()
    })
  })
}

function chainOf(first: DetailedPeerCertificate): string[] {
  const names: string[] = []
  let certificate: DetailedPeerCertificate | undefined = first
  while (certificate?.subject !== undefined && names.length < maxChain) {
    const { subject, issuer, valid_to: until }: DetailedPeerCertificate = certificate
    names.push(`${nameOf(subject)} until ${until}, issued by ${nameOf(issuer)}`)
    // The authority itself is its own issuer.
    const next: DetailedPeerCertificate | undefined = certificate.issuerCertificate
    certificate = next === certificate ? undefined : next
  }
  return names.length === 0 ? ['no certificate'] : names
}

function nameOf(subject: object): string {
  const { CN, O } = subject as { CN?: string; O?: string }
  return clip(String(CN ?? O ?? 'no name'))
}

// Authorities that renew by themselves do so with a third of the time left.
const maxShareLeft = 0.25
const maxDaysLeft = 14
const dayMs = 86_400_000

/** Whether the certificate of the front ends soon, and nobody has renewed it. */
export function judgeEnd(url: URL, { certificate }: FrontAnswer, nowMs: number): Finding[] {
  if (certificate === undefined) return []
  const { fromMs, untilMs } = certificate
  const leftMs = untilMs - nowMs
  if (leftMs > Math.min(maxDaysLeft * dayMs, maxShareLeft * (untilMs - fromMs))) return []
  return [
    {
      code: 'front-tls-ends',
      effect: 'will-break',
      seen: `The certificate of ${url.origin} ends on ${new Date(untilMs).toISOString().slice(0, 16)} UTC, in ${Math.max(0, Math.floor(leftMs / dayMs))} days.`,
      why: 'From then on no client that verifies certificates gets a photo.',
      cure: ['Renew the certificate now, and look why nothing has renewed it by itself.'],
    },
  ]
}

/** An answer that is not the gate's, to a request for nobody's photo. Undefined: nothing speaks against it. */
export function judgeStranger(place: FrontPlace, answer: FrontAnswer): Finding | undefined {
  const { origin } = place.url
  if (answer.status === 400 && answer.body.includes('No Host header')) {
    return {
      code: 'front-host-missing',
      effect: 'breaks',
      seen: 'The gate answers 400: the front sends its requests without a Host header.',
      why: 'HTTP/1.1 demands one, and the gate refuses requests that two servers could read differently: nobody gets a photo.',
      cure: [
        stepFor('Pass the Host header on.', {
          nginx: 'proxy_set_header Host $host;',
          apache: 'ProxyPreserveHost On',
        }),
        ...snippetCure,
      ],
    }
  }
  if (answer.status === 502 || answer.status === 503 || answer.status === 504) {
    return {
      code: 'front-bad-gateway',
      effect: 'breaks',
      seen: `${origin} answers ${describeReply(answer)}: the front does not reach the gate.`,
      why: 'Nobody gets a photo.',
      cure: [
        'Look whether the gate runs: photogate serve, and its log.',
        'Compare the address in the front (proxy_pass, ProxyPass, reverse_proxy) with listen in photogate.yaml.',
      ],
    }
  }
  return undefined
}
