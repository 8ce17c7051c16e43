// A connection to an LDAP server that reconnects once when it is lost.
import type { LdapSettings } from '../../../config/supply/settings.ts'
import { SourceError } from '../source.ts'
import type { LdapConnection, Page, PageRequest } from './ldap-connection.ts'
import { resultCodeOf, searchErrorText } from './ldap-error-text.ts'

export interface LdapLink {
  /**
   * Runs `work` on the present connection. When that is lost meanwhile, runs it once more on a new one.
   * @throws SourceError
   */
  ask<T>(work: (connection: LdapConnection) => Promise<T>): Promise<T>
  /** @throws SourceError */
  pages(request: PageRequest): AsyncGenerator<Page>
  close(): Promise<void>
}

export function buildLink(
  settings: LdapSettings,
  connect: () => Promise<LdapConnection>,
): LdapLink {
  let current = connect()
  let isClosed = false

  const askTwice: LdapLink['ask'] = async work => {
    const before = current
    try {
      return await work(await before)
    } catch (error) {
      if (error instanceof SourceError || resultCodeOf(error) !== undefined || isClosed) throw error
      if (current === before) {
        // One new connection for all that were under way.
        current = before.then(lost => lost.close()).then(connect)
      }
      return await work(await current)
    }
  }
  const ask: LdapLink['ask'] = async work => {
    try {
      return await askTwice(work)
    } catch (error) {
      throw refusal(error, settings)
    }
  }

  return {
    ask,
    pages: async function* (search) {
      // A cookie is valid only on the connection that it came over.
      let over: LdapConnection | undefined
      let cookie: Buffer | undefined
      try {
        do {
          const page: Page = await (over === undefined
            ? ask(connection => {
                over = connection
                return connection.page(search, undefined)
              })
            : over.page(search, cookie))
          cookie = page.cookie
          yield page
        } while (cookie !== undefined)
      } catch (error) {
        throw refusal(error, settings)
      }
    },
    close: async () => {
      isClosed = true
      const connection = await current.catch(() => undefined)
      await connection?.close()
    },
  }
}

function refusal(error: unknown, settings: LdapSettings): SourceError {
  if (error instanceof SourceError) return error
  const message = `${settings.url} ${searchErrorText(error, settings)}`
  return new SourceError('source', message, { cause: error })
}
