// What the gate's thread tells the thread that watches the photo directory.
import type { ReportOutbox } from './report-outbox.ts'

/** `taken`: the last delivery is through. `look`: the file of this name may be another than was told. */
export type ToWatch = { kind: 'taken' } | { kind: 'look'; name: string }

export interface Orders {
  readonly outbox: Pick<ReportOutbox, 'acknowledge'>
  readonly watch: { look(name: string): void }
}

export function obey({ outbox, watch }: Orders, message: ToWatch): void {
  if (message.kind === 'taken') outbox.acknowledge()
  else watch.look(message.name)
}
