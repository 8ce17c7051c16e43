// The command line as it was meant: cmd.exe knows no single quotes, which all guides write, and hands them over.
import { GateError } from '../error.ts'

/**
 * The arguments without single quotes around them; those that the shell took apart at a blank within quotes are put
 * together. Other systems' shells have done this.
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
