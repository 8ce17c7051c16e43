// One connection to an LDAP server, bound and, where configured, with TLS. Makes up for three things in ldapts 8, because
// a connection that silently shows fewer entries would look as if people had left:
// - after a loss its searches would connect again, unbound and in the clear;
// - its own paging takes an empty page for the last one, but servers may send one (RFC 2696 section 3; ldap-paging.ts);
// - it asks for a time limit of 10 s by default, and the handshake of StartTLS has no limit.
import { createHash } from 'node:crypto'
import type { EventEmitter } from 'node:events'
import { isIP } from 'node:net'
import type { Client, Control, Filter, SearchOptions, SearchResult } from 'ldapts'
import type { LdapSettings } from '../../../config/supply/settings.ts'
import { minVersion } from '../certificates.ts'
import { SourceError } from '../source.ts'
import type { LdapEntry } from './ldap-entry.ts'
import { binaryIdAttributes, isOfOneServer } from './ldap-entry.ts'
import { bindErrorText, linkErrorText, resultCodeOf } from './ldap-error-text.ts'
import { buildPaging } from './ldap-paging.ts'

export interface LdapConnection {
  /** `cookie` is that of the previous page. The answer has none after the last page. */
  page(request: PageRequest, cookie: Buffer | undefined): Promise<Page>
  /** Undefined when the server does not show the entry. */
  read(dn: string, attributes: readonly string[]): Promise<LdapEntry | undefined>
  close(): Promise<void>
}

export interface PageRequest {
  readonly filter: Filter
  readonly attributes: readonly string[]
}

export interface Page {
  readonly entries: readonly LdapEntry[]
  /** URLs of other servers where the search could go on. They are not followed: those servers must not get the password. */
  readonly referrals: readonly string[]
  readonly cookie: Buffer | undefined
  /** Identifies the server when versions of its entries hold for this server only; otherwise empty. */
  readonly server: string
}

export interface LdapConnectOptions {
  readonly password: string | undefined
  /** PEM; undefined: those of Node.js. */
  readonly authorities: readonly string[] | undefined
  readonly connectMs: number
  readonly operationMs: number
  /** Ends the connection while it is being made. */
  readonly signal?: AbortSignal | undefined
}

/** Private fields of ldapts; its version is fixed in package.json, and test/system/ldap.test.ts checks them. */
interface Inside {
  readonly socket: EventEmitter & { destroy(error?: Error): void }
  readonly messageParser: EventEmitter & { readonly buffer?: Buffer }
}

type Search = (
  dn: string,
  options: SearchOptions,
  controls?: Control[],
) => Promise<Pick<SearchResult, 'searchEntries' | 'searchReferences'>>

const unbindMs = 1_000

/** @throws SourceError that says what to do. */
export async function connectLdap(
  settings: LdapSettings,
  options: LdapConnectOptions,
): Promise<LdapConnection> {
  const ldapts = await import('ldapts')
  const { url, startTls, bind = '' } = settings
  const { password = '', connectMs, operationMs, signal } = options
  const { protocol, hostname } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const tls = {
    host,
    minVersion,
    ...(isIP(host) === 0 && { servername: host }),
    ...(options.authorities !== undefined && { ca: [...options.authorities] }),
  } as const
  // With tlsOptions ldapts speaks TLS from the start, even to ldap://.
  const client = new ldapts.Client({
    url,
    timeout: operationMs,
    connectTimeout: connectMs,
    ...(protocol === 'ldaps:' && { tlsOptions: tls }),
  })
  // ldapts would write an IPv6 address in decimal.
  Object.assign(client, { host })
  // ldapts would wait for a silent server as long as for a page of a search, and hold the process.
  const drop = () =>
    (insideOf(client).socket as Inside['socket'] | undefined)?.destroy(new Error('was let go'))
  signal?.addEventListener('abort', drop)
  let step: 'link' | 'bind' = 'link'
  try {
    signal?.throwIfAborted()
    if (startTls) await startTlsOn(client, tls, connectMs)
    step = 'bind'
    await client.bind(bind, password)
  } catch (error) {
    await closeClient(client)
    throw new SourceError('source', `${url} ${errorText(error, step, settings)}`, {
      cause: error,
    })
  } finally {
    signal?.removeEventListener('abort', drop)
  }
  return buildConnection(ldapts, client, settings)
}

function errorText(error: unknown, step: 'link' | 'bind', settings: LdapSettings): string {
  if (step === 'bind') return bindErrorText(error, settings)
  const code = resultCodeOf(error)
  if (code === undefined) return linkErrorText(error, settings)
  return `refuses StartTLS (code ${code}); write ldaps:// if it has that, or set up its certificate`
}

async function startTlsOn(client: Client, tls: object, connectMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no TLS within ${connectMs} ms`)), connectMs)
  })
  try {
    await Promise.race([client.startTLS({ ...tls }), late])
  } finally {
    clearTimeout(timer)
  }
  // Bytes from before TLS would be read as the beginning of what comes over TLS (as in CVE-2011-0411).
  if (insideOf(client).messageParser.buffer !== undefined) {
    throw new Error('sent data in the clear after it agreed to TLS')
  }
}

function buildConnection(
  ldapts: typeof import('ldapts'),
  client: Client,
  { base, pageSize }: LdapSettings,
): LdapConnection {
  let isLost = false
  const { socket, messageParser } = insideOf(client)
  // After StartTLS ldapts itself does not notice.
  socket.once('close', () => {
    isLost = true
  })
  const paging = buildPaging(ldapts, messageParser)
  const search: Search = (dn, options, controls = []) => {
    if (isLost || !client.isConnected) throw new Error('the connection was closed by the server')
    return client.search(dn, { ...options, timeLimit: 60, derefAliases: 'never' }, controls)
  }

  let server: string | undefined
  return {
    page: async ({ filter, attributes }, before) => {
      const control = paging.begin(pageSize, before)
      const options: SearchOptions = {
        ...{ scope: 'sub', filter, attributes: [...attributes] },
        explicitBufferAttributes: binaryIdAttributes,
      }
      const { searchEntries, searchReferences } = await search(base, options, [control])
      const cookie = paging.cookie()
      if (searchEntries.some(isOfOneServer)) server ??= await identify(search)
      return {
        entries: searchEntries,
        referrals: searchReferences,
        ...{ cookie, server: server ?? '' },
      }
    },
    read: async (dn, attributes) => {
      const names = [...attributes]
      const options: SearchOptions = {
        scope: 'base',
        attributes: names,
        explicitBufferAttributes: names,
      }
      return (await search(dn, options)).searchEntries[0]
    },
    close: async () => {
      if (!isLost) await closeClient(client)
    },
  }
}

// Domain controllers name themselves, as each has its own count of changes. Other servers may have neither attribute.
async function identify(search: Search): Promise<string> {
  const attributes = ['dsServiceName', 'dnsHostName']
  const { searchEntries } = await search('', { scope: 'base', attributes }).catch(error => {
    if (resultCodeOf(error) === undefined) throw error
    return { searchEntries: [] as LdapEntry[] }
  })
  const [root] = searchEntries
  const name = String(root?.dsServiceName ?? root?.dnsHostName ?? '')
  return name === '' ? '' : createHash('sha256').update(name).digest('base64url').slice(0, 12)
}

function insideOf(client: Client): Inside {
  return client as unknown as Inside
}

async function closeClient(client: Client): Promise<void> {
  const { socket } = insideOf(client)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, unbindMs)
  })
  // It rejects when the connection is gone already, which is fine.
  await Promise.race([client.unbind().catch(() => undefined), late])
  clearTimeout(timer)
  // Undefined when the connection was never made.
  ;(socket as Inside['socket'] | undefined)?.destroy()
}
