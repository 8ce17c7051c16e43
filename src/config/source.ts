// A YAML file as values that remember their place. Fills in `${ENV_NAME}`. Knows no keys.
import type { Document } from 'yaml'
import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { Problem } from './problem.ts'
import { formatPath } from './problem.ts'

export type Keys = readonly (string | number)[]

export interface Source {
  readonly file: string
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** A problem at the value that the keys lead to, or at the nearest one around it. */
  problemAt(keys: Keys, message: string): Problem
  /** A problem at the last key itself. */
  problemAtKey(keys: Keys, message: string): Problem
}

const reference = /\$(\$?)\{([^}]*)\}/g

/** `$${` stands for a literal `${`. An unset variable is a problem and leaves the text as it is. */
export function parseSource(
  file: string,
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true })
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const problems: Problem[] = [...document.errors, ...document.warnings].map(error => ({
    file,
    ...place(error.pos[0]),
    path: '',
    message: `is not YAML here: ${error.message}`,
  }))
  const problemAt = (keys: Keys, message: string, atKey = false): Problem => ({
    file,
    ...place(offsetOf(document, keys, atKey)),
    path: formatPath(keys),
    message,
  })
  if (problems.length === 0) {
    visit(document, {
      Scalar: (at, node) => {
        if (typeof node.value !== 'string' || at === 'key') return
        node.value = node.value.replace(reference, (whole, escaped: string, name: string) => {
          if (escaped !== '') return `\${${name}}`
          const value = env[name]
          if (value !== undefined) return value
          const message = `the environment variable ${name || '(no name)'} is not set; set it, or write $\${ for a literal \${`
          problems.push({ file, ...place(node.range?.[0] ?? 0), path: '', message })
          return whole
        })
      },
    })
  }
  return {
    file,
    value: problems.some(({ message }) => message.startsWith('is not YAML'))
      ? undefined
      : (document.toJS({ maxAliasCount: 100 }) as unknown),
    problems,
    problemAt: (keys, message) => problemAt(keys, message),
    problemAtKey: (keys, message) => problemAt(keys, message, true),
  }
}

function offsetOf(document: Document, keys: Keys, atKey: boolean): number {
  for (let length = keys.length; length >= 0; length--) {
    const parent = document.getIn(keys.slice(0, length - 1), true)
    if (atKey && length === keys.length && isMap(parent)) {
      const pair = parent.items.find(
        item => isPair(item) && isScalar(item.key) && item.key.value === keys.at(-1),
      )
      if (pair && isNode(pair.key) && pair.key.range) return pair.key.range[0]
    }
    const node = length === 0 ? document.contents : document.getIn(keys.slice(0, length), true)
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}
