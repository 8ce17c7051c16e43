// Where redirects lead: the front's own from http to https, and that of the gate for those whom it turns away.
import type { Diagnosis, Finding } from '../finding.ts'
import type { FrontAnswer } from './front-answer.ts'
import { isAnswer, withoutQuery } from './front-answer.ts'
import { stepFor } from './front-cure.ts'
import { askFront } from './front-request.ts'
import type { AskedFront, Probe } from './probe.ts'
import { agentOf } from './probe-log.ts'

/** A redirect of the front itself to the same host by another scheme or port. Undefined: the answer is none. */
export function findMove(
  asked: AskedFront,
  from: URL,
  gateRedirect: string | undefined,
): URL | undefined {
  const target = locationOf(asked.answer, from)
  if (target === undefined || target.hostname !== from.hostname || target.origin === from.origin) {
    return undefined
  }
  const gates = gateRedirect === undefined ? undefined : new URL(gateRedirect, from)
  // Also when the front has changed its scheme or port.
  const isOfGate = gates?.hostname === target.hostname && gates.pathname === target.pathname
  return isOfGate ? undefined : target
}

/** Doctor does not follow: a cookie that it was given must not go over a connection that others can read. */
export function judgeDowngrade(from: URL, target: URL): Diagnosis {
  const finding: Finding = {
    code: 'front-redirect-downgrades',
    effect: 'weakens',
    seen: `${from.origin} redirects to ${withoutQuery(target.href)}, from https to http.`,
    why: 'Photos, and cookies without Secure, go where others on the way can read them; pages by https do not show such photos.',
    cure: ['Let the front answer by https itself, and redirect from http to https only.'],
  }
  const unknown = [`All else about the front: doctor does not go on to ${target.origin}.`]
  return { findings: [finding], fine: [], unknown }
}

/** `target`: where the front has sent `path` to. */
export function judgeMove(path: string, from: URL, target: URL): Diagnosis {
  // Fronts may write the same character plain or encoded, and large letters small, which are the same to the gate.
  if (plainly(`${target.pathname}${target.search}`) === plainly(path)) {
    const fine = [`${from.origin} sends people to ${target.origin} and keeps the path.`]
    return { findings: [], fine, unknown: [] }
  }
  const finding: Finding = {
    code: 'front-redirect-loses-path',
    effect: 'breaks',
    seen: `${from.origin}${path} is redirected to ${withoutQuery(target.href)}: the name is lost.`,
    why: 'Programs that ask by http, such as those that Sametime and Connections have in their settings, get no photo.',
    cure: [
      stepFor('Keep the path and the query.', {
        nginx: 'return 301 https://$host$request_uri;',
        apache: 'Redirect permanent / https://photos.acme.example/',
        caddy: 'redir https://{host}{uri} permanent',
      }),
      'Ask again with photogate doctor.',
    ],
  }
  return { findings: [finding], fine: [], unknown: [] }
}

function plainly(path: string): string {
  return path.toLowerCase().replace(/%40/gi, '@').replace(/%2b/gi, '+').replace(/%27/gi, "'")
}

const maxSteps = 10

/** Follows the redirect of those who are turned away. `asked`: a request without any cookie. */
export async function checkLoop(probe: Probe, asked: AskedFront): Promise<Diagnosis> {
  const { url } = probe.place
  const seen = new Set([new URL(asked.path, url).href])
  let target = locationOf(asked.answer, url)
  let steps = 0
  while (target !== undefined && steps++ < maxSteps) {
    // A page that gets the address of the page before it grows with each round.
    const key = `${target.origin}${target.pathname}`
    if (seen.has(target.href) || (seen.has(key) && steps > 2)) return loop(asked, url, target)
    seen.add(target.href).add(key)
    const isHere = target.hostname === url.hostname
    const from = isHere ? probe.place.from : undefined
    const address = isHere ? probe.place.address : undefined
    const place = { ...probe.place, url: new URL(target.origin), from, address }
    const agent = agentOf(probe.setup.version, `${probe.setup.nonce}-loop`)
    const path = `${target.pathname}${target.search}`
    const reply = await askFront(place, { path, headers: { 'user-agent': agent } })
    if (!isAnswer(reply)) {
      const unknown = [
        `Whether the redirect of those who are turned away ends: ${target.origin} gives ${reply.code}.`,
      ]
      return { findings: [], fine: [], unknown }
    }
    target = locationOf(reply, target)
  }
  if (steps > maxSteps && target !== undefined) return loop(asked, url, target)
  return steps === 0
    ? { findings: [], fine: [], unknown: [] }
    : { findings: [], fine: ['The redirect of those who are turned away ends.'], unknown: [] }
}

function loop(asked: AskedFront, from: URL, target: URL): Diagnosis {
  const finding: Finding = {
    code: 'front-redirect-loop',
    effect: 'breaks',
    seen: `${new URL(asked.path, from).href} leads to ${withoutQuery(target.href)} again and again.`,
    why: 'Browsers give up with an error: people who are turned away never come to a page where they can sign in.',
    cure: [
      'Let otherwise.redirect in photogate.yaml name a page that answers everybody, on another host than the photos, or /-/turned-away.',
      'Look for rules of the front that send that page back to the photo host.',
    ],
  }
  return { findings: [finding], fine: [], unknown: [] }
}

/** Where a redirect leads by http or https. Undefined: it is none. */
export function locationOf(answer: FrontAnswer | undefined, from: URL): URL | undefined {
  if (answer === undefined || answer.status < 301 || answer.status > 308) return undefined
  const { location } = answer.headers
  if (location === undefined || !URL.canParse(location, from.href)) return undefined
  const target = new URL(location, from)
  return /^https?:$/.test(target.protocol) ? target : undefined
}
