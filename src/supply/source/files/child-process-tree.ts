// A local folder, read by a child process with a time limit on every answer: a dead mount blocks the child and never
// the import.
import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ListedProblem } from '../source.ts'
import { SourceError } from '../source.ts'
import type { FileTree, TreeFile } from './file-tree.ts'
import { sourceError } from './file-tree.ts'
import type { ReaderAnswer, ReaderRequest } from './folder-reader-messages.ts'

export interface ChildProcessTreeOptions {
  /** Where imported photos go: a folder that must not be listed. */
  readonly photos?: string
  /** The longest wait for an answer, in milliseconds. */
  readonly answerMs?: number
  /** The program that reads; for tests. */
  readonly program?: string
}

export interface ChildProcessReadOptions extends ChildProcessTreeOptions {
  /** Ends the process that reads, and with it the wait. */
  readonly signal?: AbortSignal
}

// A disk that has to wake up takes seconds.
const defaultAnswerMs = 60_000
const defaultProgram = fileURLToPath(new URL('folder-reader.js', import.meta.url))

export function openChildProcessTree(
  folder: string,
  options: ChildProcessTreeOptions = {},
): FileTree {
  const reader = openReader(folder, options)
  const { photos } = options
  return {
    parallel: 4,
    async *list() {
      await reader.ask({ kind: 'list', folder, photos })
      for (;;) {
        const batch = (await reader.ask({ kind: 'next' })) as (TreeFile | ListedProblem)[]
        if (batch.length === 0) return
        yield* batch
      }
    },
    read: async (name, maxBytes) =>
      Buffer.from((await reader.ask({ kind: 'read', folder, name, maxBytes })) as Uint8Array),
    describe: name => join(folder, name),
    close: async () => reader.close(),
  }
}

/** @throws Error worded to follow "cannot be read: " */
export async function readFileInChildProcess(
  path: string,
  maxBytes: number,
  options: ChildProcessReadOptions = {},
): Promise<Buffer> {
  return Buffer.from((await askOnce(path, { kind: 'file', path, maxBytes }, options)) as Uint8Array)
}

/**
 * Resolves when the disk has answered for all of the paths, whatever it has said. For files and folders that are
 * then read by this process itself, which nothing could wake if the disk did not answer.
 * @throws SourceError that names the first that does not answer
 */
export async function mustAnswer(
  paths: readonly string[],
  options: ChildProcessReadOptions = {},
): Promise<void> {
  for (const path of paths) await askOnce(path, { kind: 'probe', path }, options)
}

async function askOnce(
  path: string,
  request: ReaderRequest,
  options: ChildProcessReadOptions,
): Promise<unknown> {
  const { signal } = options
  if (signal?.aborted) throw sourceError(path, 'was not asked, as the import was stopped')
  const reader = openReader(path, options)
  signal?.addEventListener('abort', reader.close)
  try {
    return await reader.ask(request)
  } finally {
    signal?.removeEventListener('abort', reader.close)
    reader.close()
  }
}

interface PendingRequest {
  resolve(value: unknown): void
  reject(error: Error): void
}

function openReader(where: string, options: ChildProcessTreeOptions) {
  const { answerMs = defaultAnswerMs, program = defaultProgram } = options
  const waiting = new Map<number, PendingRequest>()
  let child: ChildProcess | undefined
  let lost: SourceError | undefined
  let count = 0

  function start(): ChildProcess {
    const started = fork(program, {
      ...{ stdio: ['ignore', 'ignore', 'ignore', 'ipc'], serialization: 'advanced', execArgv: [] },
    })
    started.on('message', (answer: ReaderAnswer) => {
      const { id, value, error } = answer
      const asked = waiting.get(id)
      if (error === undefined) asked?.resolve(value)
      else asked?.reject(errorOf(error))
    })
    started.on('error', error => lose(`cannot be read: ${error.message}`))
    started.on('exit', (code, signal) =>
      lose(`cannot be read: the process that reads it has ended (${signal ?? code})`),
    )
    return started
  }

  // A child that waits for a dead mount cannot be ended, even by SIGKILL: it is left behind.
  function lose(reason: string): void {
    lost ??= sourceError(where, reason)
    for (const { reject } of waiting.values()) reject(lost)
    if (child === undefined) return
    child.removeAllListeners('exit')
    child.kill('SIGKILL')
    if (child.connected) child.disconnect()
    child.unref()
    child = undefined
  }

  return {
    ask: async (request: ReaderRequest): Promise<unknown> => {
      if (lost !== undefined) throw lost
      child ??= start()
      const id = ++count
      const seconds = answerMs / 1000
      const timer = setTimeout(
        () => lose(`gives no answer within ${seconds} s; is it on a server that is down?`),
        answerMs,
      )
      try {
        return await new Promise((resolve, reject) => {
          waiting.set(id, { resolve, reject })
          child?.send({ id, request })
        })
      } finally {
        clearTimeout(timer)
        waiting.delete(id)
      }
    },
    close: () => lose('was closed'),
  }
}

function errorOf({ message, scope }: NonNullable<ReaderAnswer['error']>): Error {
  return scope === undefined ? new Error(message) : new SourceError(scope, message)
}
