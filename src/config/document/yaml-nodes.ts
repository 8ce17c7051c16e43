// The nodes of a YAML text as they are written: each with the tokens before it (tags and anchors among them) and the keys
// that lead to it. Knows no values (yaml.ts does).
import { CST } from 'yaml'

/** The keys and list positions that lead to a node. */
export type Keys = readonly (string | number)[]

export interface YamlNode {
  /** Tags, anchors, separators and comments before it. */
  readonly before: readonly CST.SourceToken[]
  /** Undefined: nothing stands there. */
  readonly token: CST.Token | undefined
  readonly keys: Keys
  /** Whether it is a key itself; `keys` end with it then. */
  readonly isKey: boolean
  /** Where the same key stands before in the same mapping. */
  readonly first?: number | undefined
  /** Where the colon after a key is. */
  readonly colon?: number | undefined
}

type NodeVisitor = (node: YamlNode) => void

/** Visits every node of the document from its beginning. */
export function visitNodes({ start, value }: CST.Document, visit: NodeVisitor): void {
  visitNode({ before: start, token: value, keys: [], isKey: false }, visit)
}

/** Stands for a key that is not a text, or empty. */
export const keyless = '?'

/** The text of a key or value; undefined where there is more than a text, or nothing. */
export function textOf(token: CST.Token | null | undefined): string | undefined {
  if (!token) return undefined
  if (token.type === 'alias') return token.source
  return CST.resolveAsScalar(token, false, () => {})?.value
}

function visitNode(node: YamlNode, visit: NodeVisitor): void {
  visit(node)
  const { token, keys } = node
  if (token === undefined || !('items' in token)) return
  const isList =
    token.type === 'block-seq' ||
    (token.type === 'flow-collection' && token.start.type === 'flow-seq-start')
  const firstOf = new Map<string, number>()
  for (const [at, item] of token.items.entries()) {
    const { start, key, sep, value } = item as CST.CollectionItem
    const around = isList ? [...keys, at] : keys
    if (sep === undefined && key === undefined) {
      visitNode({ before: start, token: value, keys: around, isKey: false }, visit)
      continue
    }
    const name = textOf(key) || keyless
    const inside = [...around, name]
    const first = isList ? undefined : firstOf.get(name)
    const colon = sep?.find(({ type }) => type === 'map-value-ind')?.offset
    if (key) firstOf.set(name, first ?? key.offset)
    const place = { keys: inside, isKey: true, first, colon }
    visitNode({ before: start, token: key ?? undefined, ...place }, visit)
    visitNode({ before: sep ?? [], token: value, keys: inside, isKey: false }, visit)
  }
}
