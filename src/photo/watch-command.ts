// Messages of the gate's thread to the thread that watches the photo directory.
import type { ReportOutbox } from './report-outbox.ts'

/** `taken`: the last delivery is applied. `look`: the name may have another file than was reported. */
export type WatchCommand = { kind: 'taken' } | { kind: 'look'; name: string }

export interface Orders {
  readonly outbox: Pick<ReportOutbox, 'acknowledge'>
  readonly watch: { look(name: string): void }
}

export function runWatchCommand({ outbox, watch }: Orders, message: WatchCommand): void {
  if (message.kind === 'taken') outbox.acknowledge()
  else watch.look(message.name)
}
