// The steps that cure what is wrong with a front: a sentence, and what to paste into each kind of front.

export interface FrontLines {
  readonly nginx?: string
  /** IHS, too. */
  readonly apache?: string
  readonly caddy?: string
}

const names: Readonly<Record<keyof FrontLines, string>> = {
  nginx: 'nginx',
  apache: 'Apache, IHS',
  caddy: 'Caddy',
}

const width = Math.max(...Object.values(names).map(name => name.length)) + 2

/** One step. Lines that begin with a blank are to be pasted, so the report does not break them. */
export function stepFor(sentence: string, lines: FrontLines): string {
  const pasted = Object.entries(lines).map(
    ([front, line]) => `  ${`${names[front as keyof FrontLines]}:`.padEnd(width)}${line}`,
  )
  return [sentence, ...pasted].join('\n')
}

/** One step about lines that are wrong. Each is marked, so that nobody pastes it. */
export function deletionFor(sentence: string, lines: FrontLines): string {
  const marked = Object.entries(lines).map(([front, line]) => [front, `# delete: ${line}`])
  return stepFor(sentence, Object.fromEntries(marked) as FrontLines)
}

/** The last steps of most cures. */
export const snippetCure: readonly string[] = [
  'Compare the front with what photogate snippets ihs (or apache, nginx, caddy) prints for it.',
  'Ask again with photogate doctor.',
]
