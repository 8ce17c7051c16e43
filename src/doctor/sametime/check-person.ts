// The photo of one person, asked for as a participant of a meeting does: at the Meeting Server, and then where it sends
// its clients. Without cookies, as a guest whom nobody knows. The path of the server is that of the vendor's own example.
import { parseTarget } from '../../evidence/target.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import type { WebAnswer, WebTrouble } from './ask-web.ts'
import { printUrl } from './meetings-settings.ts'
import { nothingSeen, unknownOnly } from './one-sided.ts'

/** Asks one URL without cookies, and follows nothing. */
export type AskOnce = (url: URL) => Promise<WebAnswer | WebTrouble>

export interface PersonQuestion {
  readonly meetings: URL
  readonly person: string
  /** The public URL of photogate; undefined: not named. */
  readonly gate: URL | undefined
  readonly ask: AskOnce
}

// "Photos under 45 KB" (Sametime 12.0).
const maxPhotoBytes = 45 * 1024
const noPhoto = 'Meetings show no photos.'

/** `hasPhoto`: a photo came, so the paths fit, whatever a front does with them. */
export type PersonDiagnosis = Diagnosis & { readonly hasPhoto?: boolean }

export async function checkPerson(question: PersonQuestion): Promise<PersonDiagnosis> {
  const { meetings, person, ask } = question
  const url = new URL(`/userinfo/image?email=${encodeURIComponent(person)}`, meetings)
  const shown = printUrl(url.href)
  const answer = await ask(url)
  if ('trouble' in answer)
    return unknownOnly(`The photo of one person: ${shown} ${answer.trouble}.`)
  const { status, headers } = answer
  if (status === 200 && isImage(answer)) return describePhoto(shown, answer)
  if (status >= 300 && status < 400) {
    const location = headers.location ?? ''
    const target = resolveLocation(location, url)
    return checkRedirect({ ...question, url, location, target })
  }
  const what = status === 200 ? 'a page in place of a photo; it wants a sign-in' : String(status)
  return unknownOnly(
    `The photo of one person: ${shown} answers ${what}. No page documents this path.`,
  )
}

function resolveLocation(location: string | undefined, from: URL): URL | undefined {
  return location && URL.canParse(location, from.href) ? new URL(location, from) : undefined
}

interface SeenRedirect extends PersonQuestion {
  readonly url: URL
  readonly location: string
  readonly target: URL | undefined
}

async function checkRedirect(seen: SeenRedirect): Promise<PersonDiagnosis> {
  const { url, target, gate, ask } = seen
  const fault = findRedirectFault(seen)
  if (fault !== undefined) return { ...nothingSeen, findings: [fault] }
  if (target === undefined || (target.host === url.host && target.host !== gate?.host)) {
    const said = `The photo of one person: the Meeting Server redirects to ${printUrl(target?.href)}, which is its own; it wants a sign-in.`
    return unknownOnly(said)
  }
  const answer = await ask(target)
  const shown = printUrl(target.href)
  if ('trouble' in answer) return describeTrouble(shown, answer)
  const { status, headers } = answer
  if (status === 200 && isImage(answer)) {
    return describePhoto(`${shown}, to which the Meeting Server redirects`, answer)
  }
  const misread = gate?.host === target.host ? findPathFault(seen) : undefined
  if (misread !== undefined) return { ...nothingSeen, findings: [misread] }
  if (status === 200) return { ...nothingSeen, findings: [pageFinding(shown)] }
  if (status === 404) {
    return unknownOnly(
      `The photo of one person: ${shown} answers 404, no photo. Name a person who has one with --person.`,
    )
  }
  const to = status < 400 ? resolveLocation(headers.location, target) : undefined
  if (to !== undefined && [url.href, target.href].includes(to.href)) {
    return { ...nothingSeen, findings: [loopFinding(shown, printUrl(to.href))] }
  }
  const how = to === undefined ? `${status}` : `${status} to ${printUrl(to.href)}`
  const fine = `A client without cookies, at the address of this machine, is turned away from ${shown} (${how}). That is right unless a rule admits this machine.`
  return { ...nothingSeen, fine: [fine] }
}

function findRedirectFault({ url, location, target, gate }: SeenRedirect): Finding | undefined {
  const from = printUrl(url.href)
  if (target === undefined || !/^https?:$/.test(target.protocol)) {
    return {
      code: 'sametime-redirect-target',
      effect: 'breaks',
      seen: `${from} redirects to ${location === '' ? 'nothing' : printUrl(location)}, which is not a URL with http or https.`,
      why: noPhoto,
      cure: ['Look at userInfoUrlTemplate in the Server Configuration.'],
    }
  }
  if (target.href === url.href) return loopFinding(from, from)
  if (url.protocol === 'https:' && target.protocol === 'http:') {
    return {
      code: 'sametime-mixed-content',
      effect: 'breaks',
      seen: `${from} redirects to ${target.origin}.`,
      why: `Browsers do not load a photo over http in a page over https. ${noPhoto}`,
      cure: [`Write https://${target.host} in userInfoUrlTemplate.`],
    }
  }
  if (gate === undefined || target.host === url.host || target.host === gate.host) return undefined
  return {
    code: 'sametime-redirect-host',
    effect: 'breaks',
    seen: `${from} redirects to ${target.host}, and the gate is at ${gate.host}.`,
    why: 'Participants ask another server for photos, by its rules and not by those of photogate.',
    cure: [`Write ${gate.host} in userInfoUrlTemplate, on every base meeting server.`],
  }
}

function findPathFault({ url, location, person }: SeenRedirect): Finding | undefined {
  const from = printUrl(url.href)
  const path = location.replace(/^(?:https?:)?\/\/[^/?#]*/i, '')
  const read = parseTarget(path === '' ? '/' : path)
  if (read.kind === 'photo' && read.address === person.toLowerCase()) return undefined
  const isTwice = /%25(?:40|2b|27)/i.test(path)
  return {
    code: isTwice ? 'sametime-redirect-encoding' : 'sametime-redirect-path',
    effect: 'breaks',
    seen: isTwice
      ? `${from} redirects to a URL whose mail address is encoded twice (%25).`
      : `${from} redirects to ${printUrl(location)}, in which the gate does not read the mail address that was asked for.`,
    why: `The gate turns it away, or says that there is no such photo. ${noPhoto}`,
    cure: [
      isTwice
        ? 'Look for a proxy before the Meeting Server that encodes the Location header, or for an encoded token in userInfoUrlTemplate.'
        : 'Write a path that the gate knows in userInfoUrlTemplate, such as /userinfo/image?email= with the token.',
    ],
  }
}

function describeTrouble(shown: string, { trouble, kind }: WebTrouble): Diagnosis {
  if (kind === 'too-large')
    return { ...nothingSeen, findings: [sizeFinding(shown, 'more than 1 MB')] }
  if (kind !== 'tls') return unknownOnly(`The photo of one person: ${shown} ${trouble}.`)
  const finding: Finding = {
    code: 'sametime-photo-tls',
    effect: 'breaks',
    seen: `${shown} ${trouble}.`,
    why: `Browsers load no image from there, and ask nobody. ${noPhoto}`,
    cure: ['Give the photo host a certificate for its name that is valid.'],
  }
  return { ...nothingSeen, findings: [finding] }
}

function isImage({ headers }: WebAnswer): boolean {
  return /^image\//i.test(headers['content-type'] ?? '')
}

function describePhoto(shown: string, { headers, body }: WebAnswer): PersonDiagnosis {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const size = `${body.length.toLocaleString('en')} bytes`
  const findings = [
    ...(body.length > maxPhotoBytes ? [sizeFinding(shown, size)] : []),
    ...(/^image\/(?:p?jpe?g|gif)$/.test(type) ? [] : [typeFinding(shown, type)]),
  ]
  const fine = `A client without cookies, at the address of this machine, gets a photo from ${shown} (${type}, ${size}).`
  return { findings, fine: findings.length === 0 ? [fine] : [], unknown: [], hasPhoto: true }
}

function sizeFinding(shown: string, size: string): Finding {
  return {
    code: 'sametime-photo-size',
    effect: 'weakens',
    seen: `The photo at ${shown} has ${size}.`,
    why: 'The vendor allows photos below 45 KB and recommends 10 KB: larger ones are slow, and some clients leave them out.',
    cure: ['Let photogate import make photos fit: supply.fit in photogate.yaml.'],
  }
}

function typeFinding(shown: string, type: string): Finding {
  return {
    code: 'sametime-photo-type',
    effect: 'weakens',
    seen: `The photo at ${shown} is ${type.slice(0, 60)}.`,
    why: 'The vendor names JPEG and GIF, and no other type.',
    cure: ['Serve JPEG: photogate import makes it of other types.'],
  }
}

function pageFinding(shown: string): Finding {
  return {
    code: 'sametime-photo-page',
    effect: 'breaks',
    seen: `${shown} answers 200 with a page in place of a photo.`,
    why: 'photogate does not answer like this: another server stands there, and clients may keep its page as a photo.',
    cure: ['Ask the URL with curl, and look which server answers.'],
  }
}

function loopFinding(shown: string, to: string): Finding {
  return {
    code: 'sametime-redirect-loop',
    effect: 'breaks',
    seen: `${shown} redirects back to ${to}.`,
    why: 'Clients go round until they give up, and each round costs both servers a request.',
    cure: [
      'Look at userInfoUrlTemplate, and at otherwise in photogate.yaml: neither may lead to the other.',
    ],
  }
}
