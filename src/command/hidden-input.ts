// Reads a secret from a terminal without echo. In raw mode, because the terminal's line editing cuts lines after 4,095
// bytes.
import type { ReadStream } from 'node:tty'

const enough = 65_536
// Pasted text with line ends arrives at once; a line end with nothing behind it is the Enter key.
const pauseMs = 300

/** The text up to Enter or Ctrl+D; undefined after Ctrl+C. Restores the terminal. */
export function readHidden(input: ReadStream): Promise<string | undefined> {
  return new Promise(resolve => {
    let text = ''
    let timer: NodeJS.Timeout | undefined
    const end = (result: string | undefined) => {
      clearTimeout(timer)
      input.off('data', read)
      input.setRawMode(false)
      input.pause()
      resolve(result)
    }
    const read = (chunk: Buffer | string) => {
      clearTimeout(timer)
      text += chunk.toString()
      if (text.includes('\x03')) return end(undefined)
      if (text.includes('\x04') || text.length > enough) return end(text.replaceAll('\x04', ''))
      if (/[\r\n]\s*$/.test(text) && text.trim() !== '') timer = setTimeout(end, pauseMs, text)
    }
    input.setRawMode(true)
    input.on('data', read)
    input.resume()
  })
}
