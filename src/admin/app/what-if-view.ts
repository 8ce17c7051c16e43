// "What if": a request that an administrator describes, judged by the configuration that the gate runs on.
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { ProblemAnswer, WhatIfAnswer } from '../page/answers.ts'
import { whatIfCookieHeader } from '../page/answers.ts'
import { getJson } from './api.ts'
import { AskedRules } from './asked-rules.ts'
import { reasonText } from './format.ts'
import { html } from './html.ts'
import { Badge, Command } from './parts.ts'
import { replaceQuery } from './route.ts'

const fields = [
  { name: 'client', label: 'Client', hint: 'a network address, such as 192.0.2.7', isNeeded: true },
  {
    name: 'cookie',
    label: 'Cookie',
    hint: 'a name, such as LtpaToken2, or NAME=VALUE; empty: none',
    isNeeded: false,
  },
  { name: 'photo', label: 'Photo', hint: 'a mail address, a path or a URL', isNeeded: true },
] as const

type WhatIfQuestion = Readonly<Record<'client' | 'cookie' | 'photo', string>>
type WhatIfReply = WhatIfAnswer | ProblemAnswer

export function WhatIfView({ query }: { readonly query: URLSearchParams }): VNode {
  const [question, setQuestion] = useState<WhatIfQuestion>(() => questionOf(query))
  const [reply, setReply] = useState<WhatIfReply>()
  const ask = async () => {
    const { client, cookie, photo } = question
    // A cookie's value is not for a URL, and so not for the browser's history.
    replaceQuery('what-if', { client, cookie: cookie.replace(/=.*/, ''), photo })
    try {
      const headers = { [whatIfCookieHeader]: encodeURIComponent(cookie) }
      setReply(
        await getJson<WhatIfReply>(
          `/api/what-if?${new URLSearchParams({ client, photo })}`,
          headers,
        ),
      )
    } catch (error) {
      setReply({ field: '', problem: (error as Error).message })
    }
  }
  useEffect(() => {
    if (question.client !== '' && question.photo !== '') void ask()
  }, [])
  const problem = reply !== undefined && 'problem' in reply ? reply : undefined
  return html`
    <h1>What if</h1>
    <p class="quiet">What the gate would answer. Nothing is sent to it, and no budget is spent.</p>
    <form class="filters" onSubmit=${(event: Event) => {
      event.preventDefault()
      void ask()
    }}>
      ${fields.map(
        ({ name, label, hint, isNeeded }) => html`<label key=${name}>${label}
          <input name=${name} value=${question[name]} required=${isNeeded} autocomplete="off" spellcheck=${false}
            aria-describedby=${`hint-${name}`} aria-invalid=${problem?.field === name}
            onInput=${(event: Event) => setQuestion({ ...question, [name]: (event.target as HTMLInputElement).value })} />
          <small id=${`hint-${name}`}>${hint}</small>
        </label>`,
      )}
      <button type="submit">Ask</button>
    </form>
    <div aria-live="polite">${reply === undefined ? null : show(reply, question)}</div>
  `
}

function show(reply: WhatIfReply, question: WhatIfQuestion): VNode {
  if ('problem' in reply) {
    const { field, problem } = reply
    const asked = field in question ? `"${question[field as keyof WhatIfQuestion]}" ` : ''
    return html`<p class="problem">${asked}${problem}</p>`
  }
  const { explanation, curl } = reply
  const { admitted, rule, answer, rules, identity } = explanation
  const where = answer.location === null ? '' : `, to ${answer.location}`
  return html`<section class="panel">
    <h2><${Badge} outcome=${admitted ? 'admitted' : 'turned-away'} /> ${admitted ? `by rule ${rule}` : reasonText(answer.reason)}</h2>
    <dl>
      <div><dt>Answer</dt><dd>${answer.status} (${answer.reason})${where}</dd></div>
      <div><dt>File</dt><dd>${answer.detail}</dd></div>
      ${identity === null ? null : html`<div><dt>User</dt><dd>${identity.user}</dd></div>`}
    </dl>
    <${AskedRules} rules=${rules} />
    <${Command} text=${curl} label="A curl command for this request" />
  </section>`
}

function questionOf(query: URLSearchParams): WhatIfQuestion {
  const [client, cookie, photo] = fields.map(({ name }) => query.get(name) ?? '') as [
    string,
    string,
    string,
  ]
  return { client, cookie, photo }
}
