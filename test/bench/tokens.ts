// LTPA tokens for the rows that verify them: one issuer a run, good tokens, and forged ones that cost the most.
import { createHash } from 'node:crypto'
import { buildIssuer } from '../fixtures/ltpa-issuer.ts'

/** Made at the first call, because signing without OpenSSL is slow. */
let made: ReturnType<typeof buildIssuer> | undefined
export function benchIssuer() {
  made ??= buildIssuer({ realm: 'acme' })
  return made
}

const lifeMs = 60 * 60_000

/** Tokens of `count` different users. */
export function issueTokens(count: number): string[] {
  const expiresMs = Date.now() + lifeMs
  return Array.from({ length: count }, (_, number) =>
    benchIssuer().issueV2({ expiresMs, user: `uid=person.number-${number},ou=people,o=acme` }),
  )
}

/**
 * Different tokens made from one good token, with other bytes in the blocks of its body: they decrypt and
 * split as it does, so that each costs a whole verification. Anybody with a token of their own can make them.
 */
export function forgeTokens(token: string, count: number): string[] {
  const bytes = Buffer.from(token, 'base64')
  return Array.from({ length: count }, (_, number) => {
    const other = Buffer.from(bytes)
    createHash('sha256').update(`${number}`).digest().copy(other, 16, 0, 16)
    return other.toString('base64')
  })
}
