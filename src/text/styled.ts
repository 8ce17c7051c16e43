// Text with its styles as values: what a part means stands beside it, never inside of it. So whoever prints it can escape
// each part first and colour it then, and a name with an escape sequence stays text. Knows no terminal.
/** What a part means. Its words say it too. */
export type Tone = 'good' | 'bad' | 'doubt'

export type StyleName = Tone | 'faint' | 'strong'

export interface StyledPart {
  readonly text: string
  readonly style: StyleName
}

/** In order; a string has no style. */
export type StyledText = readonly (string | StyledPart)[]

/** The text itself where there is no style, or nothing to colour. */
export function styled(text: string, style: StyleName | undefined): string | StyledPart {
  return style === undefined || text === '' ? text : { text, style }
}

export function plainOf(text: StyledText): string {
  return text.map(part => (typeof part === 'string' ? part : part.text)).join('')
}

export function joinStyled(texts: readonly StyledText[], separator: string): StyledText {
  return texts.flatMap((text, at) => (at === 0 ? text : [separator, ...text]))
}
