// The page to sign in on, and its style. Constant texts: nothing that was sent is shown.

/** `why`: what went wrong before; one of our own sentences. */
export function signInPage(why?: string): string {
  const alert = why === undefined ? '' : `\n      <p role="alert">${why}</p>`
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Sign in to photogate</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/sign-in.css">
  </head>
  <body>
    <main>
      <h1>photogate</h1>${alert}
      <form method="post" action="/sign-in">
        <input name="username" value="photogate" autocomplete="username" hidden>
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required autofocus aria-describedby="hint">
        <p id="hint">It stands in the file that <code>admin.tokenFile</code> names in the configuration of this gate.</p>
        <button>Sign in</button>
      </form>
    </main>
  </body>
</html>
`
}

export const signInStyle = `:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; color: light-dark(#1b1f24, #e6e9ed); background: light-dark(#f5f6f8, #14171b); }
main { box-sizing: border-box; width: min(100%, 26rem); margin: 12vh auto 0; padding: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
form { display: grid; gap: 0.5rem; }
label { font-weight: 600; }
input, button { font: inherit; padding: 0.6rem 0.75rem; border-radius: 0.4rem; border: 1px solid light-dark(#8a929c, #69717c); }
input { color: inherit; background: light-dark(#fff, #1d2127); }
button { border-color: transparent; color: #fff; background: #1b6350; font-weight: 600; cursor: pointer; }
:focus-visible { outline: 3px solid light-dark(#1b6350, #6fd0b3); outline-offset: 2px; }
p { margin: 0; color: light-dark(#4c5560, #aab2bd); }
[role=alert] { margin-bottom: 1rem; padding: 0.6rem 0.75rem; border-left: 4px solid #c22f2f; color: inherit; background: light-dark(#fbe9e9, #3a1f20); }
`
