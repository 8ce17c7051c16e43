// "What if": what the gate would do with a request that an administrator describes, by the configuration that it runs
// on. Changes nothing and spends no budget.
import type { IncomingHttpHeaders } from 'node:http'
import type { LookUp } from '../../explain/answer.ts'
import { parseAskedPhoto } from '../../explain/asked-photo.ts'
import { explainRequest } from '../../explain/explanation.ts'
import { buildExplainReaders } from '../../explain/readers.ts'
import type { GateState } from '../../gate/state.ts'
import type { PhotoLibrary } from '../../photo/photo-library.ts'
import { parseNetworkAddress } from '../../policy/network-address.ts'
import { asksFor } from '../../policy/policy.ts'
import type { ProblemAnswer, WhatIfAnswer } from './answers.ts'
import { curlFor, pathOf } from './commands.ts'

export interface WhatIf {
  /** A network address. */
  readonly client: string
  /** A cookie's name, or a pair NAME=VALUE; empty: no cookie. */
  readonly cookie: string
  /** A mail address, a path or a URL. */
  readonly photo: string
}

const maxText = 4_096
// RFC 6265 section 4.1.1.
const cookiePair =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+)(?:=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e"]*))?$/

export async function answerWhatIf(
  { settings, aliasesOf, library }: GateState,
  { client, cookie, photo }: WhatIf,
  nowMs: number,
): Promise<WhatIfAnswer | ProblemAnswer> {
  for (const [field, text] of Object.entries({ client, cookie, photo })) {
    if (text.length > maxText) return { field, problem: `is longer than ${maxText} characters` }
  }
  const peer = parseNetworkAddress(client)
  if (peer === undefined) {
    const problem = 'is not an address; write one like 192.0.2.7 or 2001:db8::7'
    return { field: 'client', problem }
  }
  const pair = cookiePair.exec(cookie)
  if (cookie !== '' && pair === null) {
    return { field: 'cookie', problem: 'is not a cookie; write its name, or NAME=VALUE' }
  }
  const asked = parseAskedPhoto(photo, asksFor(settings.policy, 'pass'))
  if ('problem' in asked) return { field: 'photo', problem: asked.problem }
  const name = pair?.[1]
  const headers: IncomingHttpHeaders =
    name === undefined ? {} : { cookie: `${name}=${pair?.[2] ?? 'VALUE'}` }
  const readers = buildExplainReaders(settings, {
    aliasesOf,
    lookUp: lookUpIn(library),
    isDirect: true,
  })
  const { explanation } = await explainRequest(readers, {
    ...{ peer, headers, nowMs, asked, spent: null, hasAll: true },
  })
  const target =
    asked.url ?? pathOf('address' in asked.target ? (asked.target.address ?? null) : null, null)
  const curl = curlFor(settings, {
    ...{ client: peer.text, peer: null, target, method: 'GET' },
    cookies: name === undefined ? [] : [name],
  })
  return { explanation, curl }
}

// In the gate's own index: reading the directory would block requests where it has many photos.
function lookUpIn(library: PhotoLibrary): LookUp {
  return async address => {
    const photo = await library.find(address)
    if (photo !== undefined) return { kind: 'found', file: `${address}.jpg`, photo }
    if (library.isScanned) return { kind: 'missing' }
    return { kind: 'unreadable', reason: 'the photos are still being indexed' }
  }
}
