// Asks the admin listener. Every answer is JSON, or a problem in words.
import { useEffect, useState } from 'preact/hooks'

export type AnswerState<Answer> =
  | { readonly state: 'loading' }
  | { readonly state: 'loaded'; readonly answer: Answer }
  | { readonly state: 'failed'; readonly problem: string }

/** @throws Error in words for the administrator */
export async function getJson<Answer>(
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return readJson<Answer>(await ask(path, { headers: { accept: 'application/json', ...headers } }))
}

/** Asks for a change. */
export async function postJson<Answer>(
  path: string,
  csrfToken: string,
  body: object,
): Promise<Answer> {
  const headers = { 'content-type': 'application/json', 'x-photogate-csrf': csrfToken }
  return readJson<Answer>(await ask(path, { method: 'POST', headers, body: JSON.stringify(body) }))
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, redirect: 'manual', cache: 'no-store' })
  } catch {
    throw new Error('The gate does not answer. It may have been stopped.')
  }
}

async function readJson<Answer>(response: Response): Promise<Answer> {
  // The session is over: the listener sends the browser to its sign-in page.
  if (response.type === 'opaqueredirect' || response.status === 401) {
    location.assign('/sign-in')
    throw new Error('Your session is over. Sign in again.')
  }
  if (response.status === 204) return undefined as Answer
  const type = response.headers.get('content-type') ?? ''
  if (!type.includes('json'))
    throw new Error(`The gate answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Answer
}

/** The answer to `path`, asked again when it or `version` changes. The last answer stays until the next is there. */
export function useAnswer<Answer>(path: string, version: unknown = 0): AnswerState<Answer> {
  const [loaded, setLoaded] = useState<AnswerState<Answer>>({ state: 'loading' })
  useEffect(() => {
    let isCurrent = true
    getJson<Answer>(path).then(
      answer => isCurrent && setLoaded({ state: 'loaded', answer }),
      error => isCurrent && setLoaded({ state: 'failed', problem: (error as Error).message }),
    )
    return () => {
      isCurrent = false
    }
  }, [path, version])
  return loaded
}
