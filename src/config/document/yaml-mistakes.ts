// The errors of the YAML library, in words that say what to write.
import type { YAMLError } from 'yaml'

export interface YamlMistake {
  readonly offset: number
  readonly message: string
}

/** The library's findings in our words, each at the place where the text is to be changed. */
export function describeYamlErrors(errors: readonly YAMLError[], text: string): YamlMistake[] {
  // A key over two lines is also found to be a second key in one line.
  const overLines = new Set(
    errors.filter(({ code }) => code === 'MULTILINE_IMPLICIT_KEY').map(({ pos }) => pos[0]),
  )
  return errors
    .filter(({ code, pos }) => code !== 'BLOCK_AS_IMPLICIT_KEY' || !overLines.has(pos[0]))
    .map(error => describeYamlError(error, text))
}

function describeYamlError(error: YAMLError, text: string): YamlMistake {
  const { code, message, pos } = error
  const [offset, end] = pos
  const at = skipBlanks(text, offset)
  switch (code) {
    case 'TAB_AS_INDENT':
      return { offset, message: 'is indented with a tab; write blanks' }
    case 'BAD_SCALAR_START':
      return {
        offset,
        message: `begins with ${text[offset]}, which means something else in YAML; put the text in quotes`,
      }
    case 'BAD_INDENT':
      return { offset: at, message: indentMessage(text, at) }
    case 'MISSING_CHAR':
      return message.startsWith('Sequence item')
        ? { offset: at, message: indentMessage(text, at) }
        : { offset: at, message: colonMessage(text, at) }
    case 'MULTILINE_IMPLICIT_KEY':
    case 'BLOCK_AS_IMPLICIT_KEY':
      return describeKey(text, { offset, end, message })
    case 'UNEXPECTED_TOKEN':
      return {
        offset: at,
        message:
          'is not expected here; look at the quotes, brackets and blanks of this line and of the one above',
      }
  }
  return { offset, message: `is not YAML here: ${message}` }
}

// A finding about a line as a whole is placed at its beginning.
function skipBlanks(text: string, offset: number): number {
  return offset + (/^ */.exec(text.slice(offset, offset + 1_000))?.[0].length ?? 0)
}

function lineAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return text.slice(start, end < 0 ? undefined : end)
}

const indentOf = (line: string) => /^ */.exec(line)?.[0].length ?? 0
const blanks = (count: number) => (count === 1 ? '1 blank' : `${count} blanks`)

function indentMessage(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1)
  const above = text
    .slice(0, Math.max(start, 0))
    .split('\n')
    .findLast(line => line.trim() !== '' && !line.trim().startsWith('#'))
  const own = blanks(indentOf(lineAt(text, offset)))
  if (above === undefined) return `begins with ${own}, which fits nothing above; take them out`
  // After `- ` the first key of an item stands.
  const [lead = ''] = /^ *(?:- +)*/.exec(above) ?? []
  const theirs = blanks(lead.length)
  if (own === blanks(indentOf(above))) {
    return `begins with ${own} like the list item above and is not one; write - before it, or ${theirs} to make it a part of that item`
  }
  return `begins with ${own}, which fits no line above; write ${theirs} if it belongs beside the line above`
}

function colonMessage(text: string, offset: number): string {
  const [, key, value] =
    /^([A-Za-z][\w-]*):(\S.*?)\s*$/.exec(text.slice(offset).split(/[\n,}]/, 1)[0] ?? '') ?? []
  return key === undefined
    ? 'has no colon; write key: value'
    : `has no blank after the colon; write ${key}: ${value}`
}

function describeKey(
  text: string,
  { offset, end, message }: { offset: number; end: number; message: string },
): YamlMistake {
  if (message.startsWith('A block sequence')) {
    const advice = 'write it below a key of its own, or as key: value'
    return { offset: skipBlanks(text, offset), message: `is a list item beside keys; ${advice}` }
  }
  const key = text.slice(offset, end)
  const next = text.indexOf('\n', offset) + 1
  const startsLine = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset).trim() === ''
  if (startsLine) return { offset, message: `has no colon; write ${lineAt(text, offset).trim()}:` }
  // `directory: a` and then a deeper `cache: b`: the two lines were one key.
  if (key.includes('\n') && next > 0) {
    const line = skipBlanks(text, next)
    return { offset: line, message: indentMessage(text, line) }
  }
  return {
    offset,
    message: 'is a second key in one line; begin a new line with it, or put the value in quotes',
  }
}
