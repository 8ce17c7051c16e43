// Reads how a RewriteRule turns a client away: by a redirect or a status. Does not know whom it turns away.
import { findMistake } from '../config/schema/formats.ts'
import type { BlockReader } from './block-reader.ts'
import type { Directive, Place } from './httpd/directive.ts'

export interface TurnAway {
  readonly place: Place
  readonly outcome: { readonly redirect: string } | { readonly status: 403 | 404 } | undefined
}

export function reportLostTarget(rule: Directive, reader: BlockReader): undefined {
  reader.addLeftover(
    rule,
    `has lost its target: Apache reads ${rule.words[1]?.text ?? 'nothing'} as a path and answers 400; write the page for the turned away as otherwise.redirect`,
  )
  return undefined
}

export function readOutcome(
  rule: Directive,
  flags: ReadonlyMap<string, string>,
  reader: BlockReader,
): TurnAway['outcome'] {
  if (flags.has('f') || flags.has('forbidden')) return { status: 403 }
  const code = flags.get('r') ?? flags.get('redirect') ?? ''
  if (flags.has('g') || flags.has('gone') || code === '410') {
    reader.addLeftover(rule, 'answers 410 Gone; photogate answers 404 instead')
    return { status: 404 }
  }
  if (code === '403' || code === '404') return { status: Number(code) as 403 | 404 }
  if (/^\d+$/.test(code) && !/^3\d\d$/.test(code)) {
    // With such a status mod_rewrite drops the target.
    reader.addLeftover(rule, `answers ${code} and does not redirect; photogate answers 403 instead`)
    return { status: 403 }
  }
  const written = rule.words[1]?.text ?? ''
  // A backslash escapes the next character.
  const target = written.replace(/\\(.)/g, '$1')
  const isFixed = !/[$%][0-9{]/.test(written.replace(/\\./g, ''))
  if (!isFixed || !/^(?:https?:\/\/|\/)/i.test(target)) {
    reader.addLeftover(
      rule,
      `redirects to ${written}, which depends on the request or on the server; write a fixed page as otherwise.redirect`,
    )
    return undefined
  }
  const mistake = findMistake('redirect', target)
  if (mistake !== undefined) {
    reader.addLeftover(rule, `redirects to ${target}, which ${mistake}`)
    return undefined
  }
  if (/^(?:301|308|permanent)$/i.test(code)) {
    reader.addLeftover(
      rule,
      'redirects permanently, and browsers repeat that even after the person has signed in; photogate redirects with 302',
    )
  }
  return { redirect: target }
}
