// The requests of a row for one server, and the check that the server answers them as the row says.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer } from '../fixtures/client.ts'
import { ask } from '../fixtures/client.ts'
import type { BenchPhoto } from './photos.ts'
import { meanBytes } from './photos.ts'
import type { Row } from './rows.ts'
import { cookieOf } from './rows.ts'
import type { Running } from './running.ts'
import { signInPage } from './server.ts'
import type { Load } from './wrk.ts'

export interface RowRequests {
  /** For wrk: whole heads, one after the other. */
  readonly file: string
  /** Requests one photo and throws unless the answer is that of the row. */
  verify(): Promise<void>
  /** Throws unless the bytes that wrk received can be such answers. */
  verifyLoad(load: Load): void
}

// Redirects and 304s are smaller, with a page of Apache's and all headers of the gate.
const maxHeadBytes = 1_500

export async function buildRequests(
  row: Row,
  { name, port, isTls }: Running,
  { home, photos }: { home: string; photos: readonly BenchPhoto[] },
): Promise<RowRequests> {
  const refuse = (text: string): never => {
    throw new Error(`${row.name}, ${name}: ${text}`)
  }
  const requests: { photo: BenchPhoto; headers: Record<string, string> }[] = []
  const tokens = row.tokens?.() ?? []
  for (const [at, photo] of photos.entries()) {
    const token = tokens[at % tokens.length]
    const headers = token === undefined ? row.headers : { ...row.headers, cookie: cookieOf(token) }
    const etag = row.hasEtag
      ? (await ask(port, photo.path, { headers, isTls })).headers.etag
      : undefined
    if (row.hasEtag && etag === undefined) refuse(`${photo.path} has no ETag`)
    const extra = etag === undefined ? {} : { 'if-none-match': etag }
    requests.push({ photo, headers: { ...headers, ...extra } })
  }
  const file = join(home, `${name}-${row.name}.requests`)
  writeFileSync(file, requests.map(({ photo, headers }) => headOf(photo.path, headers)).join(''))
  let next = 0
  return {
    file,
    verify: async () => {
      const { photo, headers } = requests[next++ % requests.length] as (typeof requests)[0]
      const answer = await ask(port, photo.path, { headers, isTls })
      const fault = findFault(answer, row, photo)
      if (fault !== undefined) refuse(`${photo.path} ${fault}`)
    },
    verifyLoad: ({ requests: count, bytes, errors }) => {
      if (errors !== '' || count === 0) refuse(`errors in ${count} requests: ${errors}`)
      const mean = bytes / count
      const body = meanBytes(photos)
      const isRight =
        row.status === 200 ? mean > body * 0.9 && mean < body * 1.2 : mean < maxHeadBytes
      if (!isRight) refuse(`answers had ${Math.round(mean)} bytes on average`)
    },
  }
}

function findFault(answer: Answer, row: Row, photo: BenchPhoto): string | undefined {
  const { status, headers, body } = answer
  if (status !== row.status) return `answered ${status} instead of ${row.status}`
  if (status === 302 && headers.location !== signInPage) return `redirects to ${headers.location}`
  if (status === 200 && headers['content-type'] !== 'image/jpeg') return 'is not an image/jpeg'
  if (status === 200 && !body.equals(photo.bytes)) return 'has other bytes'
  return undefined
}

/** The head of a GET, as wrk's script reads it. */
export function headOf(path: string, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}
