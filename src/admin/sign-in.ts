// Signing in with the token, and out again. The form works without scripts.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AdminAccess } from './access.ts'
import { sendRefusal, tooManyTokens } from './guard.ts'
import { sessionOf, siteOfClient } from './reader.ts'
import { clearSessionCookie, setSessionCookie } from './session-cookie.ts'
import { signInPage, signInStyle } from './sign-in-page.ts'

export interface SignInOptions {
  readonly access: AdminAccess
  info(details: Record<string, unknown>, message: string): void
}

const open = { config: { access: 'sign-in' as const } }
const noToken = {
  status: 404,
  text: 'There is no token to sign in with: the page is open to everybody on this machine. Set admin.tokenFile in the configuration to change that.\n',
}

export function addSignIn(admin: FastifyInstance, { access, info }: SignInOptions): void {
  admin.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_, body, done) => done(null, new URLSearchParams(String(body))),
  )
  admin.get('/sign-in', open, async (_, reply) =>
    access.settings.tokenHash === undefined
      ? sendRefusal(reply, noToken)
      : sendPage(reply, signInPage()),
  )
  admin.get('/sign-in.css', open, async (_, reply) =>
    reply.type('text/css; charset=utf-8').send(signInStyle),
  )
  admin.post('/sign-in', open, async (request, reply) => signIn(request, reply, { access, info }))
  // Says how the page is to change something: with this token in the header x-photogate-csrf, or not at all.
  admin.get('/api/session', async (request, reply) => {
    const session = sessionOf(request)
    return reply.send({
      needsToken: access.settings.tokenHash !== undefined,
      isReadOnly: access.settings.tokenHash === undefined,
      csrfToken: session?.csrfToken ?? null,
      expires: session === undefined ? null : new Date(session.expiresMs).toISOString(),
    })
  })
  admin.post('/sign-out', async (request, reply) => {
    const session = sessionOf(request)
    if (session !== undefined) access.sessions.end(session)
    clearSessionCookie(request, reply)
    info({ client: siteOfClient(request) }, 'signed out of the admin page')
    return reply.code(204).send()
  })
}

function signIn(
  request: FastifyRequest,
  reply: FastifyReply,
  { access, info }: SignInOptions,
): FastifyReply {
  if (access.settings.tokenHash === undefined) return sendRefusal(reply, noToken)
  const client = siteOfClient(request)
  const token = request.body instanceof URLSearchParams ? (request.body.get('token') ?? '') : ''
  const verdict = access.judgeToken(token.trim(), client)
  if (verdict.kind === 'wait') {
    const { headers } = tooManyTokens(verdict.seconds)
    const why = `There were too many wrong tokens. Wait ${verdict.seconds} seconds.`
    return sendPage(reply.code(429).headers(headers ?? {}), signInPage(why))
  }
  if (verdict.kind === 'wrong')
    return sendPage(reply.code(403), signInPage('This is not the token of admin.tokenFile.'))
  const { secret } = access.sessions.open()
  setSessionCookie(request, reply, secret)
  info({ client }, 'signed in to the admin page')
  return reply.redirect('/', 303)
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(page)
}
