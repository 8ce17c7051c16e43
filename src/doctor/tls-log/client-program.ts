// The program that sent a request, by its User-Agent: coarse enough that one program is one row.

interface Kind {
  readonly pattern: RegExp
  /** The name; `$1` is the version. */
  readonly name: string
}

// Most browsers claim to be others too: the first that fits.
const kinds: readonly Kind[] = [
  { pattern: /\b(?:Lotus|IBM|HCL)?[- ]?Notes\/(\d+(?:\.\d+)?)/i, name: 'Notes $1' },
  { pattern: /\bSametime\b/i, name: 'Sametime' },
  { pattern: /\b(?:Lotus|IBM|HCL)[- ]?Notes\b/i, name: 'Notes' },
  { pattern: /\bMSIE (\d+)/, name: 'Internet Explorer $1' },
  { pattern: /\bTrident\/.*\brv:(\d+)/, name: 'Internet Explorer $1' },
  { pattern: /\bEdge?(?:A|iOS)?\/\d/, name: 'Edge' },
  { pattern: /\bOPR\/|^Opera\b/, name: 'Opera' },
  { pattern: /\bFirefox\/\d/, name: 'Firefox' },
  { pattern: /\bAndroid (\d+).*\bVersion\/4\b/, name: 'Android browser $1' },
  { pattern: /\b(?:Chrome|CriOS)\/\d/, name: 'Chrome' },
  { pattern: /\bVersion\/\d.*\bSafari\//, name: 'Safari' },
  { pattern: /^Java\/(1\.\d+)/, name: 'Java $1' },
  { pattern: /^Java\/(\d+)/, name: 'Java $1' },
  { pattern: /\(java (1\.\d+)/i, name: 'Java $1' },
  // `Apache-HttpClient/4.5 (Java/1.7.0_80)`: what counts is the Java below it.
  { pattern: /\bJava\/(1\.\d+)/, name: 'Java $1' },
  { pattern: /\bJava\/(\d+)/, name: 'Java $1' },
]

const product = /^([A-Za-z][\w .+-]{0,40}?)\/(\d{1,6}(?:\.\d{1,6})?)?/
const maxName = 60
const maxRead = 1_000

/**
 * Undefined when no name was sent.
 * @example programOf('Java/1.6.0_45') // 'Java 1.6'
 */
export function programOf(agent: string): string | undefined {
  const text = agent.slice(0, maxRead).trim()
  if (text === '') return undefined
  for (const { pattern, name } of kinds) {
    const match = pattern.exec(text)
    if (match !== null) return name.replace('$1', match[1] ?? '')
  }
  const [, name, version] = product.exec(text) ?? []
  if (name !== undefined) return version === undefined ? name : `${name} ${version}`
  return text.slice(0, maxName)
}

const maxKnown = 5_000

/** Remembers the programs of agents: a log has few of them, and each in many lines. Agents are latin1, as read. */
export function buildProgramFinder(): (agent: string) => string | undefined {
  const known = new Map<string, string | undefined>()
  return agent => {
    const name = agent.length > maxRead ? agent.slice(0, maxRead) : agent
    if (known.has(name)) return known.get(name)
    if (known.size >= maxKnown) known.clear()
    const key = Buffer.from(name, 'latin1')
    const program = programOf(key.toString('utf8'))
    known.set(key.toString('latin1'), program)
    return program
  }
}
