// A YAML file as values that remember their place. Fills in `${ENV_NAME}`. Knows no keys.
import type { Document } from 'yaml'
import {
  Composer,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  Scalar,
  visit,
} from 'yaml'
import { findControlCharacters, findOddCharacters, plainBlanks } from './odd-characters.ts'
import type { Problem } from './problem.ts'
import { formatPath } from './problem.ts'
import type { ProblemCode } from './problem-codes.ts'
import { describeYamlErrors } from './yaml-mistakes.ts'
import type { Keys } from './yaml-nodes.ts'
import { keyless } from './yaml-nodes.ts'
import type { YamlRefusal } from './yaml-refusals.ts'
import { findRefusals } from './yaml-refusals.ts'

export interface ConfigDocument {
  readonly file: string
  /** An empty file is an empty mapping; undefined when the text cannot be read at all. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** A problem at the value that the keys lead to, or at the nearest one around it. */
  problemAt(keys: Keys, message: string, code?: ProblemCode): Problem
  /** A problem at the last key itself. */
  problemAtKey(keys: Keys, message: string, code?: ProblemCode): Problem
}

type Env = Readonly<Record<string, string | undefined>>

const reference = /\$(\$?)\{([^}]*)\}/g

/** `$${` stands for a literal `${`. An unset variable is a problem and leaves the text as it is. */
export function parseConfigDocument(file: string, text: string, env: Env): ConfigDocument {
  const lines = new LineCounter()
  for (const { index } of text.matchAll(/^/gm)) lines.addNewLine(index)
  const problemOf = ({ offset, keys, message, code }: Omit<YamlRefusal, 'isEnd'>): Problem => {
    const { line, col } = lines.linePos(offset)
    return {
      file,
      line,
      column: col,
      path: formatPath(keys),
      message,
      code,
      excerpt: lineAt(text, offset),
    }
  }
  const { document, refusals, isBroken } = read(text, offset => lines.linePos(offset).line)
  const problemAt = (
    keys: Keys,
    message: string,
    {
      code = 'GATE_CONFIG_VALUE',
      atKey = false,
    }: { code?: ProblemCode | undefined; atKey?: boolean },
  ): Problem => problemOf({ offset: offsetOf(document, keys, atKey), keys, message, code })
  const problems = refusals.map(problemOf)
  if (document !== undefined && !isBroken) {
    for (const { keys, message } of fillIn(document, env)) {
      problems.push(problemAt(keys, message, { code: 'GATE_CONFIG_VARIABLE' }))
    }
  }
  return {
    file,
    value: document === undefined || isBroken ? undefined : (document.toJS() ?? {}),
    problems,
    problemAt: (keys, message, code) => problemAt(keys, message, { code }),
    problemAtKey: (keys, message, code) => problemAt(keys, message, { code, atKey: true }),
  }
}

interface ParseResult {
  readonly document: Document | undefined
  readonly refusals: readonly YamlRefusal[]
  /** The text has no reliable meaning. */
  readonly isBroken: boolean
}

// Reported in better words by yaml-refusals.ts.
const toldOtherwise = new Set([
  ...['TAG_RESOLVE_FAILED', 'ALIAS_PROPS', 'BAD_ALIAS', 'BAD_PROP_ORDER', 'BAD_DQ_ESCAPE'],
  ...['BAD_COLLECTION_TYPE', 'MULTIPLE_TAGS', 'MULTIPLE_ANCHORS', 'NON_STRING_KEY'],
])

function read(text: string, lineOf: (offset: number) => number): ParseResult {
  const broken = (refusals: YamlRefusal[]) => ({ document: undefined, refusals, isBroken: true })
  const character = { code: 'GATE_CONFIG_CHARACTER', keys: [] } as const
  const controls = findControlCharacters(text)
  if (controls.length > 0) return broken(controls.map(found => ({ ...found, ...character })))
  const odd = findOddCharacters(text).map(found => ({ ...found, ...character }))
  const readable = odd.length > 0 ? plainBlanks(text) : text
  try {
    const tokens = [...new Parser().parse(readable)]
    const found = findRefusals(tokens, lineOf)
    const end = found.find(({ isEnd }) => isEnd)?.offset ?? Infinity
    // No aliases are left to resolve, no keys but texts, and keys that are given twice are told already.
    const options = { strict: true, stringKeys: true, uniqueKeys: false, prettyErrors: false }
    const composer = new Composer(options)
    const [document] = composer.compose(tokens, true, readable.length) as Iterable<Document.Parsed>
    if (document === undefined) throw new Error('The library gave no document.')
    const errors = document.errors.filter(
      ({ code, pos }) => !toldOtherwise.has(code) && pos[0] < end,
    )
    const toldLines = new Set(found.map(({ offset }) => lineOf(offset)))
    const mistakes = describeYamlErrors(errors, readable).filter(({ offset }) => {
      const line = lineOf(offset)
      const isNew = !toldLines.has(line)
      toldLines.add(line)
      return isNew
    })
    const refusals = [
      ...odd,
      ...found.filter(({ offset }) => offset <= end),
      ...mistakes.map(said => ({ ...said, code: 'GATE_CONFIG_YAML', keys: [] }) as const),
    ]
    replaceRefused(document)
    return { document, refusals, isBroken: errors.length > 0 || end < Infinity }
  } catch (error) {
    // The library's own recursion; any other fault is the program's.
    if (!(error instanceof RangeError)) throw error
    const message = 'is nested too deeply; write it as in the README'
    return broken([{ code: 'GATE_CONFIG_YAML', offset: 0, keys: [], message }])
  }
}

// Refused already; replaced so that everything else is still checked.
function replaceRefused(document: Document): void {
  visit(document, {
    Alias: (_, { source }) => new Scalar(`*${source}`),
    Pair: (_, pair) => {
      if (isScalar(pair.key) && pair.key.value !== '') return
      pair.key = new Scalar(isAlias(pair.key) ? `*${pair.key.source}` : keyless)
    },
  })
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '')
}

function fillIn(document: Document, env: Env): { keys: Keys; message: string }[] {
  const problems: { keys: Keys; message: string }[] = []
  visit(document, {
    Scalar: (at, node, ancestors) => {
      if (typeof node.value !== 'string' || at === 'key') return
      node.value = node.value.replace(reference, (whole, escaped: string, name: string) => {
        if (escaped !== '') return `\${${name}}`
        // Own properties only: `constructor` is not a variable.
        const value = Object.hasOwn(env, name) ? env[name] : undefined
        const message = findVariableMistake(name, value)
        if (message === undefined) return value ?? ''
        problems.push({ keys: keysOf(ancestors, at), message })
        return whole
      })
    },
  })
  return problems
}

function findVariableMistake(name: string, value: string | undefined): string | undefined {
  if (value === undefined) {
    return `the environment variable ${name || '(no name)'} is not set; set it, or write $\${ for a literal \${`
  }
  // A line break at its end, as of a file, would make a name that matches nothing.
  if (!/\p{Cc}/u.test(value)) return undefined
  return `the environment variable ${name} has a control character, perhaps a line break at its end; set it without`
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

function offsetOf(document: Document | undefined, keys: Keys, atKey: boolean): number {
  for (let length = keys.length; length >= 0; length--) {
    const parent = nodeAt(document, keys.slice(0, length - 1))
    if (atKey && length === keys.length && isMap(parent)) {
      const pair = parent.items.find(
        item => isPair(item) && isScalar(item.key) && item.key.value === keys.at(-1),
      )
      if (pair && isNode(pair.key) && pair.key.range) return pair.key.range[0]
    }
    const node = nodeAt(document, keys.slice(0, length))
    if (isNode(node) && node.range) return node.range[0]
  }
  return 0
}

function nodeAt(document: Document | undefined, keys: Keys): unknown {
  let node: unknown = document?.contents
  for (const key of keys) {
    // A mapping may stand for a list of one.
    if (key === 0 && isMap(node)) continue
    node = isMap(node) || isSeq(node) ? node.get(key, true) : undefined
  }
  return node
}
