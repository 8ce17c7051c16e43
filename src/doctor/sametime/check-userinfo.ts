// UserInfoConfig.xml: whether business cards have the URL of the photo for every kind of client. Follows the pages of
// Sametime 9.0.1 and 12. Never shows what StorageDetails holds: there is a password in it.
import type { Diagnosis, Finding } from '../finding.ts'
import type { SametimeFile } from './config-file.ts'
import { findingIn } from './config-file.ts'
import type { XmlElement } from './xml.ts'
import { attributeOf, findElements } from './xml.ts'

const restart = 'Restart the Community Server; in 12, update the deployment.'
const clients = {
  PhotoURL: 'web and mobile clients',
  ImagePath: 'Notes and Connect clients',
} as const
const ids = ['PhotoURL', 'ImagePath'] as const

/** `gate`: the public URL of photogate, if it is known. */
export function checkUserInfo({ file, roots }: SametimeFile, gate: URL | undefined): Diagnosis {
  const details = findElements(roots, 'Detail')
  const sets = findElements(roots, 'Set')
  if (details.length === 0 && sets.length === 0) {
    const finding = findingIn(file, {
      code: 'sametime-userinfo-empty',
      seen: 'There is no <Detail> and no <Set>.',
      why: 'Business cards have no photo, or this is another file.',
      cure: ['Add the parts that this prints:\n  photogate snippets userinfo', restart],
    })
    return { findings: [finding], fine: [], unknown: [] }
  }
  const findings = [
    ...ids.flatMap(id => checkDetail(file, id, details)),
    ...checkPhoto(file, details, sets),
    ...checkSets(file, sets),
    ...checkScheme(file, details, gate),
  ]
  const unknown = sets.length === 0 ? [`Which details go on a card: ${file} has no <Set>.`] : []
  const fine = `${file} gives PhotoURL and ImagePath to all kinds of clients.`
  return { findings, fine: findings.length + unknown.length === 0 ? [fine] : [], unknown }
}

function idOf(detail: XmlElement): string {
  return attributeOf(detail, 'Id') ?? ''
}

function checkDetail(
  file: string,
  id: (typeof ids)[number],
  details: readonly XmlElement[],
): Finding[] {
  const own = details.filter(each => idOf(each) === id)
  if (own.length === 0) return [missingDetail(file, id, details)]
  const findings = own.flatMap(detail => checkMapping(file, id, detail))
  const fields = [...new Set(own.map(each => attributeOf(each, 'FieldName')))]
  if (fields.length > 1) {
    findings.push(
      findingIn(file, {
        code: 'sametime-userinfo-doubled',
        line: own[1]?.line ?? 1,
        seen: `${id} is mapped ${own.length} times, to ${fields.join(' and ')} (lines ${own.map(({ line }) => line).join(', ')}).`,
        why: 'Which of them counts is not documented.',
        cure: ['Keep one of them, unless they are for different directories.', restart],
        effect: 'weakens',
      }),
    )
  }
  return findings
}

function missingDetail(
  file: string,
  id: (typeof ids)[number],
  details: readonly XmlElement[],
): Finding {
  const near = details.find(each => idOf(each).trim().toLowerCase() === id.toLowerCase())
  const code =
    id === 'PhotoURL' ? 'sametime-userinfo-no-photourl' : 'sametime-userinfo-no-imagepath'
  return findingIn(file, {
    code,
    ...(near === undefined ? {} : { line: near.line }),
    seen:
      near === undefined
        ? `There is no <Detail> with Id="${id}".`
        : `The Id is written "${idOf(near)}", not "${id}".`,
    why: `The ${clients[id]} do not get the URL of the photo, and never ask photogate.`,
    cure: [
      `Write, with the LDAP attribute that holds the URL:\n  <Detail Id="${id}" FieldName="PhotoURL" Type="text/plain"/>`,
      restart,
    ],
  })
}

function checkMapping(file: string, id: string, detail: XmlElement): Finding[] {
  const [type, field] = [attributeOf(detail, 'Type'), attributeOf(detail, 'FieldName')]
  const { line } = detail
  const findings: Finding[] = []
  if ((field ?? '').trim() === '') {
    findings.push(
      findingIn(file, {
        code: 'sametime-userinfo-field',
        line,
        seen: `${id} has no FieldName.`,
        why: 'The server does not know which LDAP attribute holds the URL.',
        cure: ['Write FieldName with the LDAP attribute that holds the URL.', restart],
      }),
    )
  }
  if (type?.trim().toLowerCase() !== 'text/plain') {
    findings.push(
      findingIn(file, {
        code: 'sametime-userinfo-type',
        line,
        seen: `${id} has ${type === undefined ? 'no Type' : `Type="${type.slice(0, 60)}"`}.`,
        why: 'The attribute holds a URL, which is text. Clients would take the text for a picture.',
        cure: ['Write Type="text/plain".', restart],
      }),
    )
  }
  return findings
}

// The vendor's page says to drop Photo when the two are added.
function checkPhoto(
  file: string,
  details: readonly XmlElement[],
  sets: readonly XmlElement[],
): Finding[] {
  const lines = [
    ...details.filter(each => idOf(each) === 'Photo'),
    ...sets.filter(each => paramsOf(each).includes('Photo')),
  ].map(({ line }) => line)
  const [line] = lines
  if (line === undefined) return []
  return [
    findingIn(file, {
      code: 'sametime-userinfo-photo',
      line,
      effect: 'weakens',
      seen: `Photo is still there (${lines.length === 1 ? 'line' : 'lines'} ${lines.join(', ')}).`,
      why: 'Clients may show the picture of the directory in place of the one that photogate serves, and fetch it with every card.',
      cure: ['Remove the <Detail> with Id="Photo", and Photo from every <Set>.', restart],
    }),
  ]
}

function paramsOf(set: XmlElement): string[] {
  return (attributeOf(set, 'params') ?? '').split(',').map(param => param.trim())
}

// SetId 0 is for anonymous users, 1 for those who signed in.
function checkSets(file: string, sets: readonly XmlElement[]): Finding[] {
  if (sets.length === 0) return []
  const without = sets.flatMap(set => {
    const missing = ids.filter(id => !paramsOf(set).includes(id))
    return missing.length === 0 ? [] : [{ set, missing }]
  })
  const findings = without.map(({ set, missing }) =>
    findingIn(file, {
      code: 'sametime-userinfo-set',
      line: set.line,
      seen: `<Set SetId="${attributeOf(set, 'SetId') ?? ''}"> does not have ${missing.join(' and ')}.`,
      why: `${missing.map(id => clients[id]).join(', and ')} do not get the URL of the photo with a card.`,
      cure: [`Add ${missing.join(' and ')} to params, with commas and no blanks.`, restart],
    }),
  )
  const absent = ['0', '1'].filter(
    id => !sets.some(set => attributeOf(set, 'SetId')?.trim() === id),
  )
  return [
    ...findings,
    ...absent.map(id =>
      findingIn(file, {
        code: 'sametime-userinfo-no-set',
        line: sets[0]?.line ?? 1,
        seen: `There is no <Set> with SetId="${id}".`,
        why: `It is for ${id === '0' ? 'anonymous users' : 'users who signed in'}: their cards have no photo.`,
        cure: ['Add both sets, as this prints them:\n  photogate snippets userinfo', restart],
      }),
    ),
  ]
}

function checkScheme(
  file: string,
  details: readonly XmlElement[],
  gate: URL | undefined,
): Finding[] {
  const image = details.find(each => idOf(each) === 'ImagePath')
  if (gate?.protocol !== 'https:' || image === undefined) return []
  return [
    findingIn(file, {
      code: 'sametime-imagepath-https',
      line: image.line,
      effect: 'weakens',
      seen: `Photos have URLs that begin with ${gate.origin}, and ImagePath hands them to the Notes and Connect clients.`,
      why: 'The vendor requires http for these clients: they show no photo of an https URL, and old ones do not speak TLS 1.2.',
      cure: [
        'Let photogate listen for http too, for the networks of these clients.',
        'Map ImagePath to an LDAP attribute of its own with http URLs:\n  photogate snippets ldif --attribute ImagePath --url http://photos.acme.example --dn …',
      ],
    }),
  ]
}
