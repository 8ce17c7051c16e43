// Who may see the admin listener, and who may change something: the token, sessions and their bounds. Knows no route.
import { timingSafeEqual } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { hashOfToken } from '../config/admin/admin-token.ts'
import type { AdminSettings } from '../config/admin/settings.ts'
import type { Session, Sessions } from './sessions.ts'
import { buildSessions } from './sessions.ts'
import type { TokenAttempts } from './token-attempts.ts'
import { buildTokenAttempts, maxWrong } from './token-attempts.ts'

/** What a token was good for. `wait`: it is wrong, and there were too many wrong ones before it. */
export type AdminVerdict =
  | { readonly kind: 'right' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'wait'; readonly seconds: number }

export interface AdminAccess {
  /** As the configuration says now. */
  readonly settings: AdminSettings
  readonly sessions: Sessions
  /** Tokens since the start, by what they were good for. */
  readonly counts: Readonly<Record<AdminVerdict['kind'], number>>
  /** With another token, all sessions end. */
  configure(next: AdminSettings): void
  /** `client`: whom it counts for. In constant time. */
  judgeToken(token: string, client: string): AdminVerdict
}

export interface AccessOptions {
  readonly settings: AdminSettings
  /** For an administrator. Never gets a token. */
  warn(details: Record<string, unknown>, message: string): void
  info(details: Record<string, unknown>, message: string): void
  onSessionEnd?(session: Session): void
  readonly sessions?: Sessions
  readonly attempts?: TokenAttempts
}

export function openAccess(options: AccessOptions): AdminAccess {
  const { warn, onSessionEnd, attempts = buildTokenAttempts() } = options
  const sessions =
    options.sessions ?? buildSessions(onSessionEnd === undefined ? {} : { onEnd: onSessionEnd })
  let { settings } = options
  const counts = { right: 0, wrong: 0, wait: 0 }

  function judge(token: string, client: string): AdminVerdict {
    // The right one always passes: otherwise ten wrong ones would lock out the administrator and Prometheus. A token has
    // too many values to guess, however many tries there are.
    const { tokenHash } = settings
    if (tokenHash !== undefined && timingSafeEqual(hashOfToken(token), tokenHash)) {
      attempts.noteRight(client)
      return { kind: 'right' }
    }
    const seconds = attempts.findWaitSeconds(client)
    if (seconds !== undefined) return { kind: 'wait', seconds }
    if (attempts.noteWrong(client)) {
      const message = `${maxWrong} wrong admin tokens within a minute: until it is over, further wrong ones are told to wait, and the right one passes; somebody may be guessing`
      warn({ client }, message)
    }
    return { kind: 'wrong' }
  }

  return {
    get settings() {
      return settings
    },
    sessions,
    counts,
    configure: next => {
      if (!isDeepStrictEqual(next.tokenHash, settings.tokenHash)) sessions.endAll()
      settings = next
    },
    judgeToken: (token, client) => {
      const verdict = judge(token, client)
      counts[verdict.kind]++
      return verdict
    },
  }
}
