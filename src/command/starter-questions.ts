// The questions of `photogate init`. Each answer is judged as the configuration is, and asked for again with the
// configuration's own words about it.
import { isIP } from 'node:net'
import type { Problem } from '../config/document/problem.ts'
import type { SignOnAnswer, StarterAnswers } from '../config/starter.ts'

export interface StarterDialog {
  /** One line, without its end. Undefined: there are no more. */
  readonly ask: (prompt: string) => Promise<string | undefined>
  readonly say: (text: string) => void
  /** The problems of a configuration with these answers. */
  readonly judge: (answers: StarterAnswers) => readonly Problem[]
}

/** @returns undefined when the answers ended before the last question */
export async function askStarterQuestions(
  defaults: StarterAnswers,
  dialog: StarterDialog,
): Promise<StarterAnswers | undefined> {
  let answers = defaults
  for (const question of questions) {
    const next = await askUntilRight(question, answers, dialog)
    if (next === undefined) return undefined
    answers = next
  }
  return answers
}

type AskLine = StarterDialog['ask']
type Reply<Value> = Promise<Value | undefined>
/** A text says what is wrong with the answer. */
type StarterQuestion = (answers: StarterAnswers, ask: AskLine) => Reply<StarterAnswers | string>

// A refused answer is forgotten: Enter alone then means what it meant before.
async function askUntilRight(
  question: StarterQuestion,
  answers: StarterAnswers,
  { ask, say, judge }: StarterDialog,
): Reply<StarterAnswers> {
  for (;;) {
    const next = await question(answers, ask)
    if (next === undefined) return undefined
    if (typeof next === 'string') {
      say(`  ${next}`)
      continue
    }
    const problems = judge(next)
    if (problems.length === 0) return next
    for (const { path, message } of problems) say(`  ${path} ${message}`)
  }
}

const questions: readonly StarterQuestion[] = [
  async (answers, ask) => {
    const text = 'Address to listen on. 127.0.0.1 is for a front (reverse proxy) on this machine.'
    const host = await askText(ask, text, answers.host)
    if (host === undefined) return undefined
    // The configuration takes any name, because only the start can say whether it has an address.
    const isName = /^(?=.*[a-z])[a-z\d](?:[a-z\d.-]*[a-z\d])?$/i.test(host)
    if (isIP(host) === 0 && !isName) {
      return `${host} is not an address; write one of this machine, such as 127.0.0.1 or ::1, or 0.0.0.0 for all`
    }
    return { ...answers, host }
  },
  async (answers, ask) => {
    const port = await askText(ask, 'Port to listen on.', answers.port)
    return port === undefined ? undefined : { ...answers, port }
  },
  async (answers, ask) => {
    const text = 'Addresses of the fronts, which name the client in X-Forwarded-For; or none.'
    const proxies = await askText(ask, text, listed(answers.proxies))
    return proxies === undefined ? undefined : { ...answers, proxies: itemsOf(proxies) }
  },
  async (answers, ask) => {
    const text =
      'Networks of your offices, whose people see all photos; or none.\nSuch as 10.0.0.0/8, 192.0.2.10-192.0.2.20, 2001:db8:10::/48'
    const offices = await askText(ask, text, listed(answers.offices))
    return offices === undefined ? undefined : { ...answers, offices: itemsOf(offices) }
  },
  async (answers, ask) => {
    const text = 'Folder of the photos. A relative one lies beside the configuration.'
    const photos = await askText(ask, text, answers.photos)
    return photos === undefined ? undefined : { ...answers, photos }
  },
  async (answers, ask) => {
    const signOn = await askSignOn(ask, answers.signOn.kind)
    return signOn === undefined || typeof signOn === 'string' ? signOn : { ...answers, signOn }
  },
  async (answers, ask) => {
    const text = 'URL to send the turned away to. none: they see a page that says so.'
    const redirect = await askText(ask, text, answers.redirect ?? 'none')
    if (redirect === undefined) return undefined
    return { ...answers, redirect: none.test(redirect) ? undefined : redirect }
  },
  async (answers, ask) => {
    const text = 'Port of the page for administrators, on 127.0.0.1; or none.'
    const port = await askText(ask, text, answers.adminPort ?? 'none')
    if (port === undefined) return undefined
    return { ...answers, adminPort: none.test(port) ? undefined : port }
  },
]

/** The keys are loaded with their password, so both files are asked for before they are judged. */
async function askSignOn(ask: AskLine, before: string): Reply<SignOnAnswer | string> {
  const text =
    'How to know people who have signed on.\n  keys     an ltpa.keys file verifies their tokens\n  cookies  they have a cookie; anybody can send one\n  none     not at all'
  const kind = await askText(ask, text, before)
  if (kind === undefined) return undefined
  if (/^cookies?$/i.test(kind)) return { kind: 'cookies' }
  if (none.test(kind)) return { kind: 'none' }
  if (!/^keys?$/i.test(kind)) return `${kind} is not one of the three; write keys, cookies or none`
  const file = await askText(ask, 'The ltpa.keys file.', 'ltpa.keys')
  if (file === undefined) return undefined
  const passwordText = 'A file with its password and nothing else.'
  const passwordFile = await askText(ask, passwordText, 'ltpa.password')
  return passwordFile === undefined ? undefined : { kind: 'keys', file, passwordFile }
}

const none = /^(?:none|no|-)$/i

/** Enter alone stands for what is shown in brackets. */
async function askText(ask: AskLine, text: string, shown: string): Reply<string> {
  const line = await ask(`\n${text}\n[${shown}]: `)
  if (line === undefined) return undefined
  const trimmed = line.trim()
  return trimmed === '' ? shown : trimmed
}

function listed(items: readonly string[]): string {
  return items.length === 0 ? 'none' : items.join(', ')
}

function itemsOf(text: string): string[] {
  return none.test(text) ? [] : text.split(/[\s,;]+/).filter(item => item !== '')
}
