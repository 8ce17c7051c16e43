// Chooses the virtual host of an httpd.conf to convert, and says what to write when several are possible.

import { findVirtualHosts, hasRules } from '../convert/host-list.ts'
import type { HttpdConfig } from '../convert/httpd/config.ts'
import type { Directive } from '../convert/httpd/directive.ts'
import type { VirtualHost } from '../convert/virtual-host.ts'
import { GateError } from '../error.ts'

/** `wanted`: the value of --host. @throws GateError that lists the hosts and how they differ. */
export function chooseHost(
  { directives }: HttpdConfig,
  file: string,
  wanted: string | undefined,
): VirtualHost {
  const hosts = findVirtualHosts(directives)
  const candidates =
    wanted === undefined
      ? likelyHosts(hosts, directives)
      : hosts.filter(host => keysOf(host).includes(wanted.toLowerCase()))
  const [host, ...others] = candidates
  if (host !== undefined && others.length === 0) return host
  const shown = host === undefined ? hosts : candidates
  const list = shown.map(each => `\n${describeHost(each, hosts)}`).join('')
  const problem =
    host === undefined
      ? wanted === undefined
        ? 'has no virtual host that turns anybody away'
        : `has no virtual host ${wanted}`
      : 'has several virtual hosts that could be the one; name it with --host'
  const missing = host === undefined ? findMissing(directives).map(describeMissing).join('') : ''
  throw new GateError('GATE_USAGE', `${file} ${problem}${list}${missing}`)
}

/** A host with rules of its own; otherwise the only host, because the main server's rules apply to it too. */
function likelyHosts(hosts: readonly VirtualHost[], config: readonly Directive[]): VirtualHost[] {
  const ruled = hosts.filter(hasRules)
  if (ruled.length > 0) return ruled
  const around = config.filter(({ key }) => key !== 'virtualhost')
  return hasRules({ directives: around }) ? [...hosts] : []
}

/** The values that --host may have, in lower case. */
function keysOf({ names, section }: VirtualHost): string[] {
  if (section === undefined) return names.length === 0 ? ['main'] : [...names]
  const addresses = section.words.map(({ text }) => text.toLowerCase())
  const ports = addresses.map(text => /:\d+$/.exec(text)?.[0] ?? '').filter(port => port !== '')
  const both = names.flatMap(name => ports.map(port => name + port))
  return [...names, ...addresses, ...both, `${section.file}:${section.line}`.toLowerCase()]
}

function describeHost(host: VirtualHost, all: readonly VirtualHost[]): string {
  const { section, names, documentRoot } = host
  const what =
    section === undefined
      ? 'the main server'
      : `line ${section.line}: <VirtualHost ${section.words.map(({ text }) => text).join(' ')}>`
  const name = names.length === 0 ? '' : ` ${names.join(', ')}`
  const key = keysOf(host).find(
    each => all.filter(other => keysOf(other).includes(each)).length === 1,
  )
  // A name that no other host has is enough.
  const hint = key === undefined || key === names[0] ? '' : `: --host '${key}'`
  return `  ${what}${name}${documentRoot === undefined ? '' : `, ${documentRoot}`}${hint}`
}

function findMissing(directives: readonly Directive[]): Directive[] {
  return directives.flatMap(each =>
    /^(?:include|includeoptional|use)$/.test(each.key) ? [each] : findMissing(each.children ?? []),
  )
}

function describeMissing({ key, name, words, file, line }: Directive): string {
  const what = [name, ...words.map(({ text }) => text)].join(' ')
  const reason =
    key === 'use' ? 'uses a macro that is not defined' : 'names a file that is not there'
  return `\n  ${file}:${line} ${what} ${reason}: the host may be in it`
}
