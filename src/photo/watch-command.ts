// What the gate's thread tells the thread that watches the photo directory.
import type { ReportOutbox } from './report-outbox.ts'

/** `taken`: the last delivery is through. `look`: the file of this name may be another than was told. */
export type WatchCommand = { kind: 'taken' } | { kind: 'look'; name: string }

export interface Orders {
  readonly outbox: Pick<ReportOutbox, 'acknowledge'>
  readonly watch: { look(name: string): void }
}

export function runWatchCommand({ outbox, watch }: Orders, message: WatchCommand): void {
  if (message.kind === 'taken') outbox.acknowledge()
  else watch.look(message.name)
}
