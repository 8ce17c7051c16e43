// A YAML file as values that remember their place. Fills in `${ENV_NAME}`. Knows no keys.
import type { Document } from 'yaml'
import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml'
import type { Problem } from './problem.ts'
import { formatPath } from './problem.ts'

export type Keys = readonly (string | number)[]

export interface Source {
  readonly file: string
  /** An empty file is an empty mapping; undefined when the text cannot be read at all. */
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
      Alias: (at, node, ancestors) => {
        if (node.resolve(document) !== undefined) return
        const message = `the alias *${node.source} leads nowhere; name an anchor above it`
        problems.push({ ...problemAt(keysOf(ancestors, at), message), path: '' })
      },
      Scalar: (at, node, ancestors) => {
        if (typeof node.value !== 'string' || at === 'key') return
        node.value = node.value.replace(reference, (whole, escaped: string, name: string) => {
          if (escaped !== '') return `\${${name}}`
          // Own properties only: `constructor` is no variable.
          const value = Object.hasOwn(env, name) ? env[name] : undefined
          if (value !== undefined) return value
          const message = `the environment variable ${name || '(no name)'} is not set; set it, or write $\${ for a literal \${`
          problems.push(problemAt(keysOf(ancestors, at), message))
          return whole
        })
      },
    })
  }
  // What has no path is wrong with the text as a whole.
  let value: unknown
  if (problems.every(({ path }) => path !== '')) {
    try {
      value = document.toJS({ maxAliasCount: 100 }) ?? {}
      JSON.stringify(value) // An anchor inside of itself makes a circle.
    } catch {
      value = undefined
      const message = 'the aliases multiply or run in a circle; write the values out'
      problems.push({ file, ...place(0), path: '', message })
    }
  }
  return {
    file,
    value,
    problems,
    problemAt: (keys, message) => problemAt(keys, message),
    problemAtKey: (keys, message) => problemAt(keys, message, true),
  }
}

// The way from the document to a scalar, as keys and indices.
function keysOf(ancestors: readonly unknown[], at: number | string | null): Keys {
  const keys: (string | number)[] = []
  for (const [depth, node] of ancestors.entries()) {
    if (isPair(node) && isScalar(node.key)) keys.push(String(node.key.value))
    if (isSeq(node)) {
      const index = depth === ancestors.length - 1 ? at : node.items.indexOf(ancestors[depth + 1])
      keys.push(Number(index))
    }
  }
  return keys
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
