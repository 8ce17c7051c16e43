// The command line as its author meant it: cmd.exe passes on single quotes, which all guides use.
import { GateError } from '../error.ts'

/**
 * The arguments without single quotes around them; arguments that the shell split at a blank within quotes are joined.
 * The shells of other systems do this themselves.
 * @throws GateError GATE_USAGE for a quote that is not closed
 */
export function unquoteArguments(args: readonly string[], platform = process.platform): string[] {
  if (platform !== 'win32') return [...args]
  const words: string[] = []
  let open: string[] | undefined
  for (const arg of args) {
    if (open === undefined && !arg.startsWith("'")) {
      words.push(arg)
      continue
    }
    open = [...(open ?? []), arg]
    const text = open.join(' ')
    if (text.length < 2 || !text.endsWith("'")) continue
    words.push(text.slice(1, -1))
    open = undefined
  }
  if (open === undefined) return words
  throw new GateError(
    'GATE_USAGE',
    `${open[0]} begins with a single quote that nothing closes; on Windows write double quotes`,
  )
}
