// HTML as values. What a template puts in is escaped unless it is HTML that a template made, so names from logs, files and
// directories stay text wherever they stand. Knows no page, and checks no syntax.
import { printable } from './printable.ts'

/** `undefined` and `false` leave nothing. */
export type HtmlPart = Html | string | number | undefined | false | readonly HtmlPart[]

/** Made by `html` alone. */
export type Html = Markup

// Not exported: text can become HTML only as the constant part of a template.
class Markup {
  readonly #text: string

  constructor(strings: TemplateStringsArray, parts: readonly HtmlPart[]) {
    this.#text = strings.reduce((before, after, at) => before + textOf(parts[at - 1]) + after)
  }

  toString(): string {
    return this.#text
  }
}

/**
 * For elements and for attributes in quotes; a part has no place in `<style>`, `<script>`, an attribute without quotes, an
 * event handler or a URL. Control, format and private characters become U+FFFD: a name must not turn the line around.
 * @example `${html`<b title="${'"'}">${'<i>'}</b>`}` // '<b title="&quot;">&lt;i&gt;</b>'
 */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Markup(strings, parts)
}

function textOf(part: HtmlPart): string {
  if (part === undefined || part === false) return ''
  if (part instanceof Markup) return part.toString()
  if (typeof part === 'object') return part.map(textOf).join('')
  return printable(String(part)).replace(/[&<>"'`]/g, char => entities[char] as string)
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
}
