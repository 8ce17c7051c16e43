// The pages of the gate: a few lines of text in one layout. They contain nothing of a request and load nothing.
import { createHash } from 'node:crypto'

export interface PlainPage {
  readonly bytes: Buffer
  /** Its Content-Security-Policy: its own style and nothing else. */
  readonly policy: string
}

/** HTML, except `title`. */
export interface PageParts {
  readonly title: string
  readonly picture: string
  readonly heading: string
  readonly lines: readonly string[]
}

const style = `
:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 30rem; padding: 2rem; text-align: center }
svg { width: 6rem; height: 6rem; fill: currentColor; opacity: .35 }
h1 { margin: 1rem 0 .5rem; font-size: 1.4rem }
p { margin: .5rem 0 }
`

const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

export function buildPlainPage({ title, picture, heading, lines }: PageParts): PlainPage {
  const bytes = Buffer.from(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${style}</style>
<main>
${picture}
<h1>${heading}</h1>
${lines.map(line => `<p>${line}</p>`).join('\n')}
</main>
</html>
`)
  return { bytes, policy }
}
