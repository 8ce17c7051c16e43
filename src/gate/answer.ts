// Whole answers: status, headers, body. They bypass Fastify's header handling, because every header is known here
// and no other code may add one. Answers that do not depend on the request are made once.
import type { ServerResponse } from 'node:http'
import type { Otherwise } from '../config/settings.ts'
import type { Photo } from '../photo/photo-store.ts'
import type { PlainPage } from './plain-page.ts'
import type { PreconditionResult } from './preconditions.ts'
import { turnedAwayPage } from './turned-away-page.ts'

export interface Answer {
  readonly status: number
  /** Name, value, name, value. */
  readonly headers: string[]
  readonly body: Buffer | undefined
}

// Also for requests whose body is not read, so that the body is not taken for another request.
const closing = ['Connection', 'close']

// Photos are shown by <img> on other origins, such as the meeting server's. `nosniff` keeps them images.
const always = ['X-Content-Type-Options', 'nosniff', 'Cross-Origin-Resource-Policy', 'cross-origin']

// Long enough for a page that shows one missing photo many times, short enough for a photo that was just added.
const missingSeconds = 10

export const healthy = bare(200, 'ok\n', ['Cache-Control', 'no-store'])
export const ready = bare(200, 'ready\n', ['Cache-Control', 'no-store'])
/** Without it, the gate would call photos missing that are not indexed yet or not readable now. */
export const notReady = bare(503, 'The photos cannot be read yet.\n', ['Cache-Control', 'no-store'])
export const notFound = bare(404, 'No photo here.\n', [
  'Cache-Control',
  `private, max-age=${missingSeconds}`,
])
/** While the directory is being indexed, the photo may still appear. */
export const notFoundYet = bare(404, 'No photo here.\n', ['Cache-Control', 'no-store'])
export const badEncoding = bare(400, 'Bad percent-encoding.\n', ['Cache-Control', 'no-store'])
export const hostMissing = bare(400, 'No Host header.\n', ['Cache-Control', 'no-store', ...closing])
export const manyHosts = bare(400, 'Several Host headers.\n', [
  'Cache-Control',
  'no-store',
  ...closing,
])
export const notHttp = bare(400, 'HTTP/1.1, please.\n', ['Cache-Control', 'no-store', ...closing])
export const manyFields = bare(431, 'Too many header fields.\n', [
  'Cache-Control',
  'no-store',
  ...closing,
])
export const bodyRefused = bare(400, 'No body, please.\n', [
  'Cache-Control',
  'no-store',
  ...closing,
])
export const methodRefused = bare(405, 'Only GET and HEAD.\n', [
  'Allow',
  'GET, HEAD',
  'Cache-Control',
  'no-store',
])
export const methodRefusedClosing = closingAfter(methodRefused)
export const failed = bare(500, 'Something went wrong here.\n', ['Cache-Control', 'no-store'])
export const page = htmlAnswer(200, turnedAwayPage)

/**
 * The answer for everybody who is turned away. It contains nothing of the request, so it is the same for existing,
 * missing and impossible photos. Never stored: a cached redirect would keep turning away people who have
 * signed in since.
 */
export function turnAwayAnswer(otherwise: Otherwise): Answer {
  const headers = [
    'Cache-Control',
    'no-store',
    'Referrer-Policy',
    'no-referrer',
    ...always,
    'Content-Length',
    '0',
  ]
  return 'redirect' in otherwise
    ? { status: 302, headers: ['Location', otherwise.redirect, ...headers], body: undefined }
    : { status: otherwise.status, headers, body: undefined }
}

/** A page, which is never stored. */
export function htmlAnswer(
  status: number,
  { bytes, policy }: PlainPage,
  more: readonly string[] = [],
): Answer {
  return {
    status,
    headers: [
      'Content-Type',
      'text/html; charset=utf-8',
      'Content-Length',
      String(bytes.length),
      'Cache-Control',
      'no-store',
      'Content-Security-Policy',
      policy,
      'Referrer-Policy',
      'no-referrer',
      ...more,
      ...always,
    ],
    body: bytes,
  }
}

/** `maxAgeSeconds`: how long a browser may keep the photo. */
export function photoAnswer(
  photo: Photo,
  result: PreconditionResult,
  maxAgeSeconds: number,
): Answer {
  const length = photo.bytes.length
  const shared = [
    'ETag',
    photo.etag,
    'Last-Modified',
    photo.modified,
    'Cache-Control',
    `private, max-age=${maxAgeSeconds}`,
    ...always,
  ]
  switch (result.kind) {
    case 'whole':
      return {
        status: 200,
        headers: [
          'Content-Type',
          photo.type,
          'Content-Length',
          String(length),
          'Accept-Ranges',
          'bytes',
          ...shared,
        ],
        body: photo.bytes,
      }
    case 'not-modified':
      return { status: 304, headers: shared, body: undefined }
    case 'range': {
      const { first, last } = result
      return {
        status: 206,
        headers: [
          'Content-Type',
          photo.type,
          'Content-Length',
          String(last - first + 1),
          'Content-Range',
          `bytes ${first}-${last}/${length}`,
          ...shared,
        ],
        body: photo.bytes.subarray(first, last + 1),
      }
    }
    case 'range-unsatisfiable':
      return {
        status: 416,
        headers: [
          'Content-Range',
          `bytes */${length}`,
          'Content-Length',
          '0',
          'Cache-Control',
          'no-store',
          ...always,
        ],
        body: undefined,
      }
    case 'precondition-failed':
      return {
        status: 412,
        headers: ['Content-Length', '0', 'Cache-Control', 'no-store', ...always],
        body: undefined,
      }
  }
}

/** Sends the answer. Node leaves out the body in answers to HEAD. */
export function send(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, answer.headers)
  response.end(answer.body)
}

/** The same answer, and it closes the connection. */
export function closingAfter(answer: Answer): Answer {
  return { ...answer, headers: [...answer.headers, ...closing] }
}

function bare(status: number, text: string, headers: readonly string[]): Answer {
  const body = Buffer.from(text)
  return {
    status,
    headers: [
      'Content-Type',
      'text/plain; charset=utf-8',
      'Content-Length',
      String(body.length),
      ...headers,
      ...always,
    ],
    body,
  }
}
