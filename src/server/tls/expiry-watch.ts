// Says once a day that a certificate of a listener ends soon or has ended: a gate may run for a year without a reload, and
// only a reload looks at the files.
import type { Logger } from 'pino'
import { dayMs, soonDays } from '../../config/listen/certificate-file.ts'
import type { Listen } from '../../config/listen/settings.ts'

export interface ExpiryWatchOptions {
  /** What the gate listens on now. */
  listen(): readonly Listen[]
  readonly logger: Pick<Logger, 'warn'>
  /** Milliseconds since the epoch. */
  readonly now?: () => number
}

export interface ExpiryWatch {
  /** Looks now. */
  look(): void
  close(): void
}

/** The first look is a day later: the start and each reload have their own warnings. */
export function watchExpiry({ listen, logger, now = Date.now }: ExpiryWatchOptions): ExpiryWatch {
  const look = () => {
    const certificates = listen().flatMap(
      entry => ('tls' in entry && entry.tls?.certificates) || [],
    )
    for (const { file, expiresMs, names } of certificates) {
      const days = Math.floor((expiresMs - now()) / dayMs)
      if (days >= soonDays) continue
      const when = days < 0 ? 'has expired' : `expires in ${days} days`
      const details = { file, names, expires: new Date(expiresMs).toISOString() }
      logger.warn(
        details,
        `the certificate in ${file} ${when}; replace the file, and the gate takes it over`,
      )
    }
  }
  const timer = setInterval(look, dayMs)
  timer.unref()
  return { look, close: () => clearInterval(timer) }
}
