// Asks a running gate over its socket or pipe, from another process. Trusts nothing that comes back: bounded in size and
// time, only words of the protocol are understood, and the process must be the one that its socket names.
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { ControlOutcome, ControlVerb } from './control-message.ts'
import { formatRequest, maxAnswerBytes, parseAnswer } from './control-message.ts'
import type { GatePlace } from './control-places.ts'

export type GateAnswer =
  | ControlOutcome
  /** Connected, and then nothing: the process is stopped or busy. */
  | { readonly outcome: 'silent' }
  /** It has heard, and takes longer. */
  | { readonly outcome: 'under-way' }
  /** It ended without an answer. */
  | { readonly outcome: 'gone' }

export interface OpenGate extends GatePlace {
  readonly socket: Socket
}

export interface AskOptions {
  /** Milliseconds for the gate to say that it has heard. */
  readonly heardMs: number
  /** Milliseconds for the outcome. */
  readonly outcomeMs: number
}

/** `forbidden`: this user may not. Undefined: nobody listens. */
export function connectTo(place: GatePlace): Promise<OpenGate | 'forbidden' | undefined> {
  return new Promise(resolve => {
    const socket = connect(place.path)
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      socket.on('error', () => {}) // Its end is told by close.
      resolve({ ...place, socket })
    })
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'EACCES' || code === 'EPERM' ? 'forbidden' : undefined),
    )
  })
}

/** `pid`: of the process that has answered. Ends the connection. */
export function askGate(
  { socket, pid: expected }: OpenGate,
  verb: ControlVerb,
  { heardMs, outcomeMs }: AskOptions,
): Promise<{ readonly answer: GateAnswer; readonly pid: number | undefined }> {
  return new Promise(resolve => {
    let received = Buffer.alloc(0)
    let pid = expected
    let isHeard = false
    const finish = (answer: GateAnswer) => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ answer, pid })
    }
    let timer = setTimeout(() => finish({ outcome: 'silent' }), heardMs)
    const misunderstood = () =>
      finish({
        outcome: 'misunderstood',
        message: 'what answers there does not speak as a gate of this version',
      })
    const take = (line: string) => {
      const answer = parseAnswer(line)
      if (answer === undefined) return misunderstood()
      // Whoever tells an outcome has named itself before, except where it does not know the request.
      if (!('heard' in answer))
        return isHeard || answer.outcome === 'misunderstood' ? finish(answer) : misunderstood()
      if (isHeard) return misunderstood()
      if (expected !== undefined && answer.heard !== expected) {
        const message = `process ${answer.heard} answers at a socket that is named for process ${expected}; its answer is not believed`
        return finish({ outcome: 'misunderstood', message })
      }
      isHeard = true
      pid = answer.heard
      clearTimeout(timer)
      timer = setTimeout(() => finish({ outcome: 'under-way' }), outcomeMs)
    }
    socket.on('data', chunk => {
      received = Buffer.concat([received, chunk])
      if (received.length > maxAnswerBytes) return misunderstood()
      for (let at = received.indexOf('\n'); at >= 0; at = received.indexOf('\n')) {
        const line = received.toString('utf8', 0, at)
        received = received.subarray(at + 1)
        take(line)
      }
    })
    socket.on('close', () => finish({ outcome: 'gone' }))
    socket.write(formatRequest(verb))
  })
}
