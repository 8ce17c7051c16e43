// Who has signed in. Sessions live in memory only, known by the hash of their secret: what could be read from the memory
// or a core file of the gate opens nothing.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

export interface Session {
  /** Names it inside of the program. Says nothing about its secret. */
  readonly id: string
  /** Must stand in a header of each request that changes something: another site can send cookies, but no such header. */
  readonly csrfToken: string
  /** Milliseconds since the epoch. */
  readonly expiresMs: number
}

export interface Sessions {
  /** A new session and the secret for its cookie: 256 random bits. With too many, the oldest ends. */
  open(): { readonly session: Session; readonly secret: string }
  find(secret: string): Session | undefined
  end(session: Session): void
  endAll(): void
  readonly size: number
}

export interface SessionOptions {
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** A session ended, by its time or otherwise. */
  onEnd?(session: Session): void
}

export const sessionSeconds = 12 * 3_600
export const maxSessions = 100

export function buildSessions({ now = Date.now, onEnd }: SessionOptions = {}): Sessions {
  // By the hash of the secret, oldest first.
  const sessions = new Map<string, Session>()

  function drop(hash: string): void {
    const session = sessions.get(hash)
    sessions.delete(hash)
    if (session !== undefined) onEnd?.(session)
  }

  function dropExpired(): void {
    for (const [hash, { expiresMs }] of sessions) if (expiresMs <= now()) drop(hash)
  }

  return {
    open: () => {
      dropExpired()
      for (const hash of sessions.keys()) {
        if (sessions.size < maxSessions) break
        drop(hash)
      }
      const secret = randomBytes(32).toString('base64url')
      const session = {
        id: randomBytes(12).toString('base64url'),
        csrfToken: randomBytes(32).toString('base64url'),
        expiresMs: now() + sessionSeconds * 1_000,
      }
      sessions.set(hashOf(secret), session)
      return { session, secret }
    },
    find: secret => {
      const hash = hashOf(secret)
      const session = sessions.get(hash)
      if (session === undefined || session.expiresMs > now()) return session
      drop(hash)
      return undefined
    },
    end: session => {
      for (const [hash, other] of sessions) if (other === session) drop(hash)
    },
    endAll: () => {
      for (const hash of [...sessions.keys()]) drop(hash)
    },
    get size() {
      dropExpired()
      return sessions.size
    },
  }
}

/** In constant time for texts of one length. */
export function isSameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64')
}
