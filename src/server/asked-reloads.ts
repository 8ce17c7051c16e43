// Those who have asked for a reload and wait for what becomes of it. One attempt answers all who asked before it began.
import type { ControlOutcome } from './control/control-message.ts'

export type ReloadOutcome = Extract<
  ControlOutcome,
  { readonly outcome: 'applied' | 'refused' | 'failed' }
>

export interface AskedReloads {
  /** Resolves when an attempt that begins from now on has ended. */
  ask(): Promise<ReloadOutcome>
  /** An attempt begins. */
  begin(): void
  /** It has changed nothing, and another one follows. */
  postpone(): void
  /** It has ended. */
  end(outcome: ReloadOutcome): void
  /** No attempt follows. */
  close(): void
}

const stopping: ReloadOutcome = { outcome: 'failed', message: 'the gate is stopping' }

export function buildAskedReloads(): AskedReloads {
  let waiting: ((outcome: ReloadOutcome) => void)[] = []
  let underWay: typeof waiting = []
  let isClosed = false
  const end = (outcome: ReloadOutcome) => {
    for (const tell of underWay.splice(0)) tell(outcome)
  }
  return {
    ask: () =>
      isClosed
        ? Promise.resolve(stopping)
        : new Promise(resolve => {
            waiting.push(resolve)
          }),
    begin: () => {
      underWay = [...underWay, ...waiting.splice(0)]
    },
    postpone: () => {
      waiting = [...underWay.splice(0), ...waiting]
    },
    end,
    close: () => {
      isClosed = true
      underWay = [...underWay, ...waiting.splice(0)]
      end(stopping)
    },
  }
}
