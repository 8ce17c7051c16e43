// Whether this page may change something, asked once.

import type { SessionAnswer } from '../page/answers.ts'
import { useAnswer } from './api.ts'

export interface Permission {
  /** Null: the page may change nothing. */
  readonly csrfToken: string | null
  /** Why it may not, as a sentence; empty when it may, or when that is not known yet. */
  readonly why: string
}

export function usePermission(): Permission {
  const loaded = useAnswer<SessionAnswer>('/api/session')
  if (loaded.state !== 'loaded') return { csrfToken: null, why: '' }
  const { isReadOnly, csrfToken } = loaded.answer
  if (csrfToken !== null) return { csrfToken, why: '' }
  return {
    csrfToken,
    why: isReadOnly
      ? 'Without a token this page changes nothing: set admin.tokenFile in the configuration.'
      : 'Sign in with the form at /sign-in to change something.',
  }
}
