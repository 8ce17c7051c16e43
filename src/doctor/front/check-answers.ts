// Whether the gate's answers come back through the front as the gate has sent them: headers, validators, ranges, bytes.
import type { Diagnosis, Finding } from '../finding.ts'
import { judgeNoPhoto, judgeReplaced } from './check-replaced.ts'
import type { FrontAnswer } from './front-answer.ts'
import { clip, kindOf, withoutQuery } from './front-answer.ts'
import { snippetCure, stepFor } from './front-cure.ts'
import type { FrontHeaders } from './front-request.ts'
import type { AskedFront, Probe } from './probe.ts'

/** `photoPath`: of a photo that the administrator has named. `admitting`: the headers of a request that a rule admits. */
export interface AnswerPaths {
  readonly photoPath: string | undefined
  readonly admitting: FrontHeaders | undefined
}

export async function checkAnswers(probe: Probe, paths: AnswerPaths): Promise<Diagnosis> {
  const { otherwise } = probe.setup.settings
  const asked = await probe.ask(probe.nobody())
  const plain = asked.answer
  const turnedAway = plain && kindOf(plain, otherwise) === 'turned-away' ? plain : undefined
  const askedPhoto = await askForPhoto(probe, paths)
  const photo = photoIn(probe, askedPhoto)
  const noPhoto = askedPhoto && (await judgeNoPhoto(probe, askedPhoto))
  const admitted =
    paths.admitting && (await probe.ask(probe.nobody(), { headers: paths.admitting }))
  const replaced = await judgeReplaced(probe, [
    asked,
    ...(admitted === undefined ? [] : [admitted]),
  ])
  const findings = [
    ...(noPhoto === undefined ? [] : [noPhoto]),
    ...(replaced === undefined ? [] : [replaced]),
    ...(turnedAway === undefined ? [] : judgeTurnedAway(probe, turnedAway)),
    ...(plain === undefined || replaced !== undefined ? [] : judgeSafety(plain)),
    ...(photo === undefined ? [] : await judgePhoto(probe, paths, photo)),
  ]
  const what = [
    ...(turnedAway === undefined ? [] : ['refusals']),
    ...(photo === undefined ? [] : ['photos']),
  ]
  const fine =
    findings.length === 0 && what.length > 0
      ? [`The gate's headers come through the front, of ${what.join(' and ')}.`]
      : []
  const unknown = photo === undefined && noPhoto === undefined ? [whyNoPhoto(probe, paths)] : []
  return { findings, fine, unknown }
}

function whyNoPhoto({ setup }: Probe, { photoPath, admitting }: AnswerPaths): string {
  const what = 'Whether photos come through unchanged, with ETag, ranges and Cache-Control'
  if (photoPath === undefined) return `${what}: name somebody who has a photo with --photo.`
  return admitting === undefined
    ? `${what}: no rule admits this machine, and no --cookie was given that one admits.`
    : `${what}: what comes for ${setup.photo} is none. Is there a photo, and does a rule open it?`
}

async function askForPhoto(probe: Probe, { photoPath, admitting }: AnswerPaths) {
  if (photoPath === undefined || admitting === undefined) return undefined
  const headers = { 'accept-encoding': 'gzip, br, deflate', ...admitting }
  return probe.ask(photoPath, { headers })
}

function photoIn(probe: Probe, asked: AskedFront | undefined): FrontAnswer | undefined {
  const answer = asked?.answer
  return answer && kindOf(answer, probe.setup.settings.otherwise) === 'photo' ? answer : undefined
}

function judgeTurnedAway({ setup, place }: Probe, { status, headers }: FrontAnswer): Finding[] {
  const { otherwise } = setup.settings
  const findings: Finding[] = []
  const { 'cache-control': control, location } = headers
  if (!/\bno-store\b/i.test(control ?? '')) {
    findings.push(controlLost('A refusal', control, 'no-store', 'breaks'))
  }
  const wanted = 'redirect' in otherwise ? otherwise.redirect : undefined
  const isRight =
    wanted === undefined ||
    (URL.canParse(location ?? '', place.url.href) &&
      new URL(location as string, place.url).href === new URL(wanted, place.url).href)
  if (!isRight) {
    findings.push({
      code: 'front-location-changed',
      effect: 'breaks',
      seen: `The gate redirects those whom it turns away to ${wanted}; through the front it is ${status} to ${location === undefined ? 'nowhere' : withoutQuery(location)}.`,
      why: 'People who are turned away do not come to the page where they can sign in.',
      cure: [
        stepFor('Leave the Location of the gate as it is.', {
          nginx: 'proxy_redirect off;',
          apache: 'no ProxyPassReverse, no Header edit Location',
          caddy: 'no header_down Location',
        }),
        ...snippetCure,
      ],
    })
  }
  return findings
}

function judgeSafety({ headers }: FrontAnswer): Finding[] {
  const policy = headers['cross-origin-resource-policy']
  if (policy !== undefined && !/^cross-origin$/i.test(policy)) {
    const finding: Finding = {
      code: 'front-resource-policy',
      effect: 'breaks',
      seen: `The gate sends Cross-Origin-Resource-Policy: cross-origin; through the front it is ${clip(policy)}.`,
      why: 'Browsers do not show photos in pages of other hosts, such as the meeting server.',
      cure: ['Remove the header from what the front adds to the answers of the photo host.'],
    }
    return [finding]
  }
  if (headers['x-content-type-options'] !== undefined) return []
  const finding: Finding = {
    code: 'front-header-removed',
    effect: 'weakens',
    seen: 'The gate sends X-Content-Type-Options: nosniff; through the front it is missing.',
    why: 'A browser may run what somebody has uploaded as a photo as something else.',
    cure: ['Remove the line from the front that hides or unsets the header.'],
  }
  return [finding]
}

async function judgePhoto(
  probe: Probe,
  { photoPath = '', admitting = {} }: AnswerPaths,
  photo: FrontAnswer,
): Promise<Finding[]> {
  const { headers } = photo
  const findings: Finding[] = []
  const { 'cache-control': control, 'content-encoding': coding } = headers
  if (!/\bprivate\b|\bno-store\b/i.test(control ?? '')) {
    findings.push(controlLost('A photo', control, 'private', 'opens'))
  }
  if (coding !== undefined) {
    findings.push({
      code: 'front-compresses',
      effect: 'weakens',
      seen: `The front compresses photos (Content-Encoding: ${clip(coding)}).`,
      why: 'JPEG and PNG are compressed already: it costs time and gains nothing, and ranges and ETags no longer fit.',
      cure: [
        stepFor('Compress no images.', {
          nginx: 'gzip_types without image/*',
          apache: 'AddOutputFilterByType DEFLATE without image/*, no SetOutputFilter DEFLATE',
          caddy: 'encode without image/*',
        }),
      ],
    })
  }
  const etag = headers.etag
  const range = (await probe.ask(photoPath, { headers: { ...admitting, range: 'bytes=0-9' } }))
    .answer
  const again =
    etag === undefined
      ? undefined
      : (await probe.ask(photoPath, { headers: { ...admitting, 'if-none-match': etag } })).answer
  const lost = [
    ...(etag === undefined ? ['ETag is missing'] : []),
    ...(headers['last-modified'] === undefined ? ['Last-Modified is missing'] : []),
    ...(again !== undefined && again.status !== 304
      ? [`If-None-Match is answered ${again.status}, not 304`]
      : []),
    ...(range !== undefined && range.status !== 206
      ? [`Range is answered ${range.status}, not 206`]
      : []),
  ]
  if (lost.length > 0) {
    findings.push({
      code: 'front-validators-lost',
      effect: 'weakens',
      seen: `Browsers cannot ask whether a photo has changed: ${lost.join('; ')}.`,
      why: 'They fetch each photo whole, again and again.',
      cure: [
        'Remove from the front what hides ETag and Last-Modified, or drops If-None-Match and Range.',
        ...snippetCure,
      ],
    })
  }
  return findings
}

function controlLost(
  what: string,
  control: string | undefined,
  wanted: string,
  effect: 'opens' | 'breaks',
): Finding {
  const isPublic = control !== undefined && /\bpublic\b|\bs-maxage\b|\bmax-age=[1-9]/i.test(control)
  return {
    code: 'front-cache-control',
    effect: isPublic ? effect : 'weakens',
    seen: `${what} comes through the front with ${control === undefined ? 'no Cache-Control' : `Cache-Control: ${clip(control)}`}; the gate sends ${wanted}.`,
    why:
      effect === 'opens'
        ? 'A cache on the way may hand the photo to people who must not see it.'
        : 'A cache on the way, or the browser, may turn people away who have signed in since.',
    cure: [
      stepFor('Leave the Cache-Control of the gate as it is.', {
        nginx: 'no expires, no proxy_hide_header Cache-Control',
        apache: 'no Header set Cache-Control, no ExpiresActive',
        caddy: 'no header_down Cache-Control',
      }),
      ...snippetCure,
    ],
  }
}
