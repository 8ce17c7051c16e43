// stproxyconfig.xml: whether the Sametime Proxy fetches photos for its clients. Known from a set-up that works: no page
// says what the unit of cacheExpiry is, which defaults there are, or whether the proxy keeps an error like a photo.
import { withoutPassword } from '../../text/without-password.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import type { SametimeFile } from './config-file.ts'
import { findingIn } from './config-file.ts'
import type { XmlElement } from './xml.ts'
import { findElements } from './xml.ts'

const restart = 'Synchronise the nodes and restart the Sametime Proxy.'
const noPhotos = 'The web client shows no photos.'

/** `gate`: the public URL of photogate, if it is known. */
export function checkStproxy({ file, roots }: SametimeFile, gate: URL | undefined): Diagnosis {
  const caches = findElements(roots, 'photoCache')
  const [cache] = caches
  if (cache === undefined) return { findings: [missingCache(file, roots)], fine: [], unknown: [] }
  const findings = [
    ...(caches.length > 1 ? [doubledFinding(file, caches)] : []),
    ...checkEnabled(file, cache),
    ...checkExpiry(file, cache),
    ...checkStorage(file, cache),
    ...checkProxyUrl(file, cache, gate),
  ]
  const unset = ['enabled', 'cacheExpiry', 'storageLocation'].filter(
    name => childOf(cache, name) === undefined,
  )
  const fine = `${file} lets the Sametime Proxy fetch photos, and names its own public URL.`
  return {
    findings,
    fine: findings.length === 0 ? [fine] : [],
    unknown: unset.map(
      name =>
        `What the Sametime Proxy does without ${name} (${file}:${cache.line}): no page says its default.`,
    ),
  }
}

function missingCache(file: string, roots: readonly XmlElement[]): Finding {
  const near = anyCase(roots, 'photocache')
  return findingIn(file, {
    code: 'sametime-stproxy-no-cache',
    ...(near === undefined ? {} : { line: near.line }),
    seen:
      near === undefined
        ? 'There is no <photoCache>.'
        : `The element is written <${near.name}>, and XML knows it as <photoCache> only.`,
    why: `The Sametime Proxy does not fetch photos for its clients. ${noPhotos}`,
    cure: ['Add the part that this prints:\n  photogate snippets stproxy', restart],
  })
}

function doubledFinding(file: string, caches: readonly XmlElement[]): Finding {
  return findingIn(file, {
    code: 'sametime-stproxy-doubled',
    line: caches[1]?.line ?? 1,
    effect: 'weakens',
    seen: `There are ${caches.length} <photoCache>, in lines ${caches.map(({ line }) => line).join(', ')}.`,
    why: 'Which of them counts is not documented, so a change may have no effect.',
    cure: ['Keep one of them.', restart],
  })
}

function checkEnabled(file: string, cache: XmlElement): Finding[] {
  const enabled = childOf(cache, 'enabled')
  if (enabled === undefined || enabled.text.toLowerCase() === 'true') return []
  return [
    findingIn(file, {
      code: 'sametime-stproxy-disabled',
      line: enabled.line,
      seen: `<enabled> is ${enabled.text === '' ? 'empty' : enabled.text.slice(0, 60)}.`,
      why: `The Sametime Proxy does not fetch photos. ${noPhotos}`,
      cure: ['Write:\n  <enabled>true</enabled>', restart],
    }),
  ]
}

function checkExpiry(file: string, cache: XmlElement): Finding[] {
  const expiry = childOf(cache, 'cacheExpiry')
  if (expiry === undefined || /^[1-9]\d{0,8}$/.test(expiry.text)) return []
  return [
    findingIn(file, {
      code: 'sametime-stproxy-expiry',
      line: expiry.line,
      effect: 'weakens',
      seen: `<cacheExpiry> is ${expiry.text === '' ? 'empty' : expiry.text.slice(0, 60)}, not a whole number above 0.`,
      why: 'The Sametime Proxy may keep no photo, or keep each of them without end.',
      cure: ['Write the number of a set-up that works:\n  <cacheExpiry>60</cacheExpiry>', restart],
    }),
  ]
}

function checkStorage(file: string, cache: XmlElement): Finding[] {
  const storage = childOf(cache, 'storageLocation')
  if (storage === undefined || storage.text !== '') return []
  return [
    findingIn(file, {
      code: 'sametime-stproxy-storage',
      line: storage.line,
      seen: '<storageLocation> is empty.',
      why: 'The Sametime Proxy has no folder to keep photos in.',
      cure: [
        'Name a folder that the user of the Sametime Proxy can write to:\n  <storageLocation>/opt/IBM/phototemp</storageLocation>',
        restart,
      ],
    }),
  ]
}

function checkProxyUrl(file: string, cache: XmlElement, gate: URL | undefined): Finding[] {
  const element = childOf(cache, 'proxyServerURL')
  const write =
    'Write the public URL of the Sametime Proxy:\n  <proxyServerURL>https://chat.acme.example</proxyServerURL>'
  if (element === undefined || element.text === '') {
    return [
      findingIn(file, {
        code: 'sametime-stproxy-no-url',
        line: element?.line ?? cache.line,
        seen: `<proxyServerURL> is ${element === undefined ? 'not there' : 'empty'}.`,
        why: `Without it photos fail. ${noPhotos}`,
        cure: [write, restart],
      }),
    ]
  }
  const url = URL.canParse(element.text) ? new URL(element.text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return [
      findingIn(file, {
        code: 'sametime-stproxy-url',
        line: element.line,
        seen: `<proxyServerURL> is ${withoutPassword(element.text).slice(0, 100)}, which is not a URL with http or https.`,
        why: noPhotos,
        cure: [write, restart],
      }),
    ]
  }
  if (gate === undefined || url.host !== gate.host) return []
  return [
    findingIn(file, {
      code: 'sametime-stproxy-photo-host',
      line: element.line,
      seen: `<proxyServerURL> is ${url.origin}, the photo host.`,
      why: `It is the URL of the Sametime Proxy itself, at which its clients fetch the photos. ${noPhotos}`,
      cure: [write, restart],
    }),
  ]
}

function childOf(cache: XmlElement, name: string): XmlElement | undefined {
  return cache.children.findLast(each => each.name === name)
}

function anyCase(roots: readonly XmlElement[], name: string): XmlElement | undefined {
  for (const each of roots) {
    const found = each.name.toLowerCase() === name ? each : anyCase(each.children, name)
    if (found !== undefined) return found
  }
  return undefined
}
