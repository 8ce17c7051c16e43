// Reads logs line by line, plain or gzip, and shows progress. Knows nothing about their lines.
import { createReadStream, statSync } from 'node:fs'
import type { ProblemLine } from '../config/document/problem.ts'
import { filePredicate } from '../disk/file-trouble.ts'
import { ForeignLogError, unpack } from '../replay/log-bytes.ts'
import { buildLineSplitter } from '../text/line-splitter.ts'
import type { Progress, Terminal } from './progress.ts'
import { buildProgress } from './progress.ts'

/** What gets the lines. */
export interface LogReader {
  /** Lines of UTF-16 come as UTF-8. Otherwise such a log cannot be read. */
  readonly transcodesUtf16?: boolean
  /** A line that is too long is undefined. `end` comes after the last line, also when the log could not be read to its end. */
  begin(name: string): { push(line: string | undefined): void; end(): void }
}

export interface LogStreams {
  /** Read for the log `-`. */
  readonly input: AsyncIterable<Buffer>
  /** The terminal for progress, if there is one. */
  readonly terminal: Terminal | undefined
}

/**
 * Reads each log to its end, with progress on the terminal. A log that cannot be read does not stop the others.
 * @returns a problem for each log that could not be read to its end
 */
export async function readLogs(
  logs: readonly string[],
  reader: LogReader,
  { input, terminal }: LogStreams,
): Promise<ProblemLine[]> {
  const progress =
    terminal && buildProgress({ terminal, totalBytes: totalOf(logs), now: () => performance.now() })
  const done = { bytes: 0, lines: 0 }
  const failures: ProblemLine[] = []
  for (const log of logs) {
    const bytes = log === '-' ? input : createReadStream(log, { highWaterMark: 256 * 1024 })
    const name = log === '-' ? 'standard input' : log
    try {
      const unpacked = unpack(count(bytes, done), reader)
      await readLog(unpacked, reader.begin(name), { done, progress })
    } catch (error) {
      failures.push({
        file: name,
        path: '',
        message: whyUnreadable(error as NodeJS.ErrnoException),
      })
    }
  }
  progress?.clear()
  return failures
}

interface ReadSoFar {
  bytes: number
  lines: number
}

async function readLog(
  bytes: AsyncIterable<Buffer>,
  log: ReturnType<LogReader['begin']>,
  { done, progress }: { done: ReadSoFar; progress: Progress | undefined },
): Promise<void> {
  const splitter = buildLineSplitter(line => {
    done.lines++
    log.push(line)
  })
  try {
    for await (const chunk of bytes) {
      splitter.push(chunk)
      progress?.show(done.bytes, done.lines)
    }
    splitter.end()
  } finally {
    // Complete lines count; a truncated last line does not.
    log.end()
  }
}

async function* count(input: AsyncIterable<Buffer>, done: ReadSoFar): AsyncGenerator<Buffer> {
  for await (const chunk of input) {
    done.bytes += chunk.length
    yield chunk
  }
}

function totalOf(logs: readonly string[]): number | undefined {
  const sizes = logs.map(log =>
    log === '-' ? undefined : statSync(log, { throwIfNoEntry: false }),
  )
  return sizes.some(stats => !stats?.isFile())
    ? undefined
    : sizes.reduce((sum, stats) => sum + (stats?.size ?? 0), 0)
}

function whyUnreadable(error: NodeJS.ErrnoException): string {
  const { code, message } = error
  if (error instanceof ForeignLogError) return message
  if (code === 'EISDIR') return 'is a directory; name the logs in it'
  if (code === 'Z_BUF_ERROR') return 'is cut off: the gzip data ends in the middle'
  if (code?.startsWith('Z_')) return `is damaged: ${message}`
  return filePredicate(error)
}
