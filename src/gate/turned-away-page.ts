// The built-in page for people who are turned away. Contains nothing of the request and loads nothing.
import { createHash } from 'node:crypto'

const style = `
:root { color-scheme: light dark }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 30rem; padding: 2rem; text-align: center }
svg { width: 6rem; height: 6rem; fill: currentColor; opacity: .35 }
h1 { margin: 1rem 0 .5rem; font-size: 1.4rem }
p { margin: .5rem 0 }
`

export const turnedAwayPage = Buffer.from(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Photo not shown</title>
<style>${style}</style>
<main>
<svg viewBox="0 0 96 96" role="img" aria-label="No photo"><circle cx="48" cy="34" r="18"/><path d="M12 92c0-22 16-34 36-34s36 12 36 34z"/></svg>
<h1>This photo is not shown here</h1>
<p>Photos of colleagues are for people who are signed in or in a meeting.</p>
<p>Sign in to Sametime, Connections or Notes, or enter your meeting room, and try again.</p>
</main>
</html>
`)

/** The page's Content-Security-Policy: its own style and nothing else. */
export const turnedAwayPagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
