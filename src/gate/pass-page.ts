// The page of guest passes: the link of an invitation leads here, and the answer is the only one that sets a cookie. Open
// to everybody, because the pass proves its bearer. Says the same to whatever is wrong; the log has the reason.
import type { IncomingHttpHeaders } from 'node:http'
import { passCookieName } from '../config/settings.ts'
import type { PassVerifier } from '../evidence/guest-pass.ts'
import { findPassInUrl, loggedPassOf } from '../evidence/sent-passes.ts'
import type { GuestPass } from '../policy/condition.ts'
import type { Answer } from './answer.ts'
import { htmlAnswer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { buildPlainPage } from './plain-page.ts'

const person = '<circle cx="48" cy="34" r="18"/><path d="M12 92c0-22 16-34 36-34s36 12 36 34z"/>'

const acceptedPage = buildPlainPage({
  title: 'Photos are shown now',
  picture: `<svg viewBox="0 0 96 96" role="img" aria-label="A photo">${person}</svg>`,
  heading: 'You may close this window',
  lines: [
    'This browser now shows the photos of the people in your meeting, until your invitation ends.',
  ],
})

const refused = htmlAnswer(
  403,
  buildPlainPage({
    title: 'Link not accepted',
    picture: `<svg viewBox="0 0 96 96" role="img" aria-label="No photo">${person}</svg>`,
    heading: 'This link does not work',
    lines: [
      'It may have expired, or a part of it may have been lost on the way.',
      'Ask the organiser of the meeting for a new link.',
    ],
  }),
)

/** Sets the client and the pass of the exchange, for its log line. The gate has a verifier where this page exists. */
export function answerPass(exchange: Exchange, headers: IncomingHttpHeaders): Answer {
  const { state, connection, url, timeMs } = exchange
  exchange.client = state.readClient(connection.peer, headers, connection.arrival.proof).address
  const sent = findPassInUrl(url)
  if ('refused' in sent) {
    exchange.pass = sent
    return refused
  }
  const verdict = (state.verifyPass as PassVerifier)(sent.text, timeMs)
  exchange.pass = loggedPassOf(verdict)
  return verdict.valid ? accept(sent.text, verdict.pass, timeMs) : refused
}

// An authentic pass is base64url, so that nothing in it can end the header. Max-Age does not need the client's clock to
// be right; old browsers know only Expires.
function accept(text: string, { expiresMs }: GuestPass, nowMs: number): Answer {
  const maxAge = Math.floor((expiresMs - nowMs) / 1000)
  const expires = new Date(expiresMs).toUTCString()
  const cookie = `${passCookieName}=${text}; Path=/; Expires=${expires}; Max-Age=${maxAge}; Secure; HttpOnly; SameSite=None`
  return htmlAnswer(200, acceptedPage, ['Set-Cookie', cookie])
}
