// Whether the Meeting Server's template leads each participant to a photo of this gate.
import { parseTarget } from '../../evidence/target.ts'
import type { Policy } from '../../policy/policy.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import type { MeetingsSettings } from './meetings-settings.ts'
import { printUrl } from './meetings-settings.ts'

export interface GateFacts {
  /** The public URL of photogate; undefined: not named. */
  readonly url: URL | undefined
  /** Undefined: no configuration was found. */
  readonly policy: Policy | undefined
  /** What the Meeting Server replaces by the user; undefined: not named. */
  readonly userToken: string | undefined
  /** A mail address to fill in. */
  readonly person: string
}

const where =
  'In the System Console: Sametime Meeting Servers - your deployment - Server Configuration, on every base meeting server.'
const noPhoto = 'Meetings show no photos.'

export function checkMeetings(
  settings: MeetingsSettings,
  meetings: URL,
  gate: GateFacts,
): Diagnosis {
  const parts = [checkTemplate(settings, meetings, gate), checkGuests(settings, gate)]
  return {
    findings: parts.flatMap(({ findings }) => findings),
    fine: parts.flatMap(({ fine }) => fine),
    unknown: [
      ...parts.flatMap(({ unknown }) => unknown),
      ...(settings.redirects
        ? []
        : [
            'Who asks for the photos: userInfoRedirect is false, and no page says what the server does then. If it fetches them itself, a rule must admit its address.',
          ]),
    ],
  }
}

function checkTemplate(
  { template, strangeTemplate }: MeetingsSettings,
  meetings: URL,
  gate: GateFacts,
): Diagnosis {
  if (strangeTemplate !== undefined) {
    return {
      findings: [urlFinding(`${strangeTemplate}, which is not a text`)],
      fine: [],
      unknown: [],
    }
  }
  const url = URL.canParse(template) ? new URL(template) : undefined
  const fault = findTemplateFault(template, url, meetings, gate)
  if (url === undefined || fault !== undefined) {
    return { findings: fault === undefined ? [] : [fault], fine: [], unknown: [] }
  }
  const secret = url.username === '' && url.password === '' ? [] : [secretFinding(url)]
  const shown = printUrl(template)
  const token = gate.userToken ?? findToken(template)
  if (token === undefined) {
    const said = `Whether ${shown} leads to a photo: no page says how the token looks that the server replaces by the user. Name it with --user-token.`
    return { findings: secret, fine: [], unknown: [said] }
  }
  const leads = [encodeURIComponent(gate.person), gate.person].some(user =>
    isPhotoOf(template.split(token).join(user), gate.person),
  )
  const isKnown = gate.url !== undefined
  const fine = `userInfoUrlTemplate leads to ${shown}, which ${isKnown ? 'the gate reads' : 'a gate at this host would read'} as a mail address.`
  if (leads) return { findings: secret, fine: [fine], unknown: isKnown ? [] : [hostUnknown(url)] }
  if (!isKnown) {
    const said = `Whether ${shown} leads to a photo: the gate itself knows no such path. Name the gate's public URL with --url.`
    return { findings: secret, fine: [], unknown: [said] }
  }
  return { findings: [...secret, pathFinding(shown, token)], fine: [], unknown: [] }
}

function hostUnknown(url: URL): string {
  return `Whether ${url.host} is the photo host: name the gate's public URL with --url.`
}

function findTemplateFault(
  template: string,
  url: URL | undefined,
  meetings: URL,
  gate: GateFacts,
): Finding | undefined {
  if (template === '') {
    return {
      code: 'sametime-template-empty',
      effect: 'breaks',
      seen: 'userInfoUrlTemplate is empty.',
      why: 'Meetings take the photos of the LDAP directory, and never ask photogate.',
      cure: ['Set both keys as this prints them:\n  photogate snippets meetings', where],
    }
  }
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return urlFinding(`${printUrl(template)}, which is not a whole URL with http or https`)
  }
  if (
    gate.userToken !== undefined ? !template.includes(gate.userToken) : /USER-TOKEN/.test(template)
  ) {
    return {
      code: 'sametime-template-token',
      effect: 'breaks',
      seen:
        gate.userToken === undefined
          ? 'userInfoUrlTemplate still has USER-TOKEN, the stand-in of photogate snippets.'
          : `userInfoUrlTemplate does not have ${gate.userToken}.`,
      why: `The server replaces nothing, so every participant has the same URL. ${noPhoto}`,
      cure: [
        'Write the token that the documentation of your release names, where the mail address is to be.',
        where,
      ],
    }
  }
  if (meetings.protocol === 'https:' && url.protocol === 'http:') {
    return {
      code: 'sametime-mixed-content',
      effect: 'breaks',
      seen: `Meetings are at ${meetings.origin}, and userInfoUrlTemplate begins with ${url.origin}.`,
      why: `Browsers do not load a photo over http in a page over https. ${noPhoto}`,
      cure: [
        `Let photogate or its front speak TLS, and write https://${url.host} in the template.`,
        where,
      ],
    }
  }
  if (gate.url === undefined || url.host === gate.url.host) return undefined
  return {
    code: 'sametime-template-host',
    effect: 'breaks',
    seen: `userInfoUrlTemplate leads to ${url.host}, and the gate is at ${gate.url.host}.`,
    why: 'Participants ask another server for photos, by its rules and not by those of photogate.',
    cure: [`Write ${gate.url.host} in the template.`, where],
  }
}

// `what` follows "is".
function urlFinding(what: string): Finding {
  return {
    code: 'sametime-template-url',
    effect: 'breaks',
    seen: `userInfoUrlTemplate is ${what}.`,
    why: `Browsers are sent to a place that is not there. ${noPhoto}`,
    cure: ['Write the whole URL, as this prints it:\n  photogate snippets meetings', where],
  }
}

function pathFinding(shown: string, token: string): Finding {
  return {
    code: 'sametime-template-path',
    effect: 'breaks',
    seen: `userInfoUrlTemplate leads to ${shown} with ${token} in it. With a mail address in its place, the gate reads no mail address.`,
    why: `The gate turns everybody away from it, or says that there is no such photo. ${noPhoto}`,
    cure: [
      `Write one of the paths that the gate knows:\n  /userinfo/image?email=${token}\n  /${token}.jpg`,
      where,
    ],
  }
}

function secretFinding(url: URL): Finding {
  return {
    code: 'sametime-template-secret',
    effect: 'opens',
    seen: `userInfoUrlTemplate has a user name or password for ${url.host} in it.`,
    why: 'The server shows its settings to anybody who asks, and sends the URL to every participant.',
    cure: ['Take it out, and change the password.', where],
  }
}

const tokenForms =
  /\$\{[^{}]{1,40}\}|\{[^{}]{1,40}\}|%7B[\w.]{1,40}%7D|%[a-z_]{3,40}%|<[^<>]{1,40}>|\[[^[\]]{1,40}\]|@@\w{1,40}@@/gi

/** What looks like a token, when only one thing does. */
function findToken(template: string): string | undefined {
  const found = [...new Set(template.match(tokenForms) ?? [])]
  return found.length === 1 ? found[0] : undefined
}

function isPhotoOf(text: string, person: string): boolean {
  if (!URL.canParse(text)) return false
  // Not as URL reads it, which encodes: clients send what they got.
  const target = parseTarget(text.replace(/^https?:\/\/[^/?#]*/i, '') || '/')
  return target.kind === 'photo' && target.address === person.toLowerCase()
}

const guestCookie = 'stpluginactivepage'

// The cookie that the browser of every participant has, guest or not. It proves nothing.
function checkGuests({ guests }: MeetingsSettings, { policy }: GateFacts): Diagnosis {
  if (policy === undefined || guests === undefined) {
    const reason =
      policy === undefined
        ? 'no configuration of photogate was found'
        : 'the server shows no key for it'
    return { findings: [], fine: [], unknown: [`Whether guests fit the rules: ${reason}.`] }
  }
  const open = policy.rules.filter(({ conditions }) =>
    conditions.every(({ kind }) => kind !== 'ltpa' && kind !== 'from'),
  )
  const byCookie = open.find(
    ({ conditions }) =>
      conditions.every(({ kind }) => kind === 'cookie' || kind === 'photos') &&
      conditions.some(({ cookies }) => cookies?.some(isOfMeeting)),
  )
  if (!guests && byCookie !== undefined) {
    const finding: Finding = {
      code: 'sametime-guest-cookie',
      effect: 'weakens',
      seen: `Guests may not enter meetings, and the rule ${byCookie.name} admits everybody who sends the cookie STPluginActivePage.`,
      why: 'Any client can send this cookie. Participants who signed in have a token, which proves who they are.',
      cure: [
        `Take STPluginActivePage out of the rule ${byCookie.name}, when participants are admitted by ltpa: verified.`,
      ],
    }
    return { findings: [finding], fine: [], unknown: [] }
  }
  const names = open.map(({ name }) => name).join(', ')
  const said = guests
    ? open.length > 0
      ? `Guests may enter meetings, and see photos by ${names}.`
      : 'Guests may enter meetings, and no rule shows them photos.'
    : 'Guests may not enter meetings, and no rule admits them by their cookie.'
  return { findings: [], fine: [said], unknown: [] }
}

function isOfMeeting({ name }: { readonly name: string }): boolean {
  return name.toLowerCase() === guestCookie
}
