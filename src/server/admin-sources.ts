// What the running gate tells the admin listener, and the counting on the way to its own receivers. Loads nothing of
// admin/: a gate without the listener pays nothing for it.
import type { AdminSources } from '../admin/sources.ts'
import type { Listen } from '../config/listen/settings.ts'
import type { Settings } from '../config/settings.ts'
import type { AccessSink } from '../gate/access-record.ts'
import type { GuestReports } from '../gate/budgeted-photo.ts'
import type { GateState } from '../gate/state.ts'
import type { CacheCounts } from '../photo/library-facts.ts'
import type { GuestLedger } from './guest-ledger.ts'
import type { RunHistory } from './run-history.ts'
import type { HandshakeReports } from './tls/handshake-reports.ts'

export interface SourceParts {
  readonly live: { readonly current: GateState }
  readonly counts: CacheCounts
  readonly ledger: Pick<GuestLedger, 'facts'>
  readonly run: RunHistory
  readonly version: string
}

export function buildSources({ live, counts, ledger, run, version }: SourceParts): AdminSources {
  const { facts } = run
  return {
    ...{ live, version, cache: counts, startedMs: facts.startedMs, imports: facts.imports },
    ...{ guests: facts.guests, handshakes: facts.handshakes },
    get phase() {
      return facts.phase
    },
    get configuration() {
      return facts.configuration
    },
    get ledger() {
      return ledger.facts
    },
  }
}

export function countGuests(reports: GuestReports, run: RunHistory): GuestReports {
  return {
    onAlarm: entry => {
      run.noteAlarm(entry.rule)
      reports.onAlarm(entry)
    },
    onCanary: (entry, address) => {
      run.noteCanary(entry.rule)
      reports.onCanary(entry, address)
    },
  }
}

export function countHandshakes(reports: HandshakeReports, run: RunHistory): HandshakeReports {
  return {
    report: failed => {
      run.noteHandshake(failed.reason)
      reports.report(failed)
    },
  }
}

/** One sink for several. The first is the log: nothing that counts may keep a line from it. */
export function joinSinks(first: AccessSink, other: AccessSink | undefined): AccessSink {
  if (other === undefined) return first
  return {
    write: (record, judged) => {
      first.write(record, judged)
      other.write(record, judged)
    },
  }
}

/** Everything with a certificate: the listeners of photos, and the admin listener. */
export function certifiedOf({ listen, admin }: Settings): readonly Listen[] {
  return admin === undefined ? listen : [...listen, admin]
}
