// The event stream: one connection for the whole page, and what it said last.
import { useEffect, useState } from 'preact/hooks'
import type { LiveEvent } from '../page/answers.ts'

export interface Live {
  readonly isOpen: boolean
  /** Counts up with each event. */
  readonly version: number
  readonly last: LiveEvent | undefined
}

export function useLive(): Live {
  const [live, setLive] = useState<Live>({ isOpen: false, version: 0, last: undefined })
  useEffect(() => {
    const source = new EventSource('/api/events')
    source.onopen = () => setLive(before => ({ ...before, isOpen: true }))
    source.onerror = () => setLive(before => ({ ...before, isOpen: false }))
    source.addEventListener('live', ({ data }: MessageEvent<string>) => {
      const last = JSON.parse(data) as LiveEvent
      setLive(({ version }) => ({ isOpen: true, version: version + 1, last }))
    })
    return () => source.close()
  }, [])
  return live
}
