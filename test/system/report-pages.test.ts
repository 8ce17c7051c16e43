// The pages of `replay --html` and `photos gallery` in a real Chromium, as a phone and a wide screen show them, light and dark:
// no script runs, no request leaves, hostile names stay text, and axe-core finds nothing serious.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Test } from 'tap'
import t from 'tap'
import { formatPage } from '../../src/report/page.ts'
import { html } from '../../src/text/html.ts'
import { printable } from '../../src/text/printable.ts'
import { logLine } from '../fixtures/access-log.ts'
import { looks, openBrowser, openPage, overflowOf, seriousFindings } from '../fixtures/browser.ts'
import { runCli } from '../fixtures/cli.ts'
import { jpeg } from '../fixtures/images.ts'
import { drawJpeg, drawNoise } from '../fixtures/pictures.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { seededBelow } from '../fixtures/random.ts'

const evil = '"><img src=x onerror=alert(1)>'
const hostile = `${evil}@acme.example.jpg`

/** A log and a folder with names that an attacker has chosen; returns the two pages. */
async function makePages(t: Test) {
  const home = makeDirectory(t)
  const photos = join(home, 'photos')
  mkdirSync(photos)
  for (let seed = 0; seed < 12; seed++) {
    writeFileSync(join(photos, `person${seed}@acme.example.jpg`), await drawJpeg({ seed }))
  }
  writeFileSync(join(photos, "o'neil&co@acme.example.jpg"), await drawNoise(300))
  writeFileSync(join(photos, hostile), jpeg)
  writeFileSync(join(photos, `${'long'.repeat(40)}.jpg`), jpeg)
  writeFileSync(
    join(home, 'people.csv'),
    'uid,mail\nann,ann@acme.example\njoe,person1@acme.example\n',
  )
  writeFileSync(
    join(home, 'photogate.yaml'),
    'allow: [{ name: offices, from: 10.0.0.0/8 }, { name: meeting, cookie: Page, budget: { people: 1, per: 1h } }]\n',
  )
  const lines = Array.from({ length: 300 }, (_, number) =>
    logLine({
      client: number % 3 === 0 ? `192.0.2.${number % 200}` : `10.0.${number % 7}.1`,
      target: `/person${number % 20}${number % 5 === 0 ? "'&%22%3E%3Cimg%20src=x%3E" : ''}@acme.example.jpg`,
      status: number % 4 === 0 ? 302 : 200,
      agent: `</style><script>alert(1)</script>${evil}`,
      cookie: number % 2 === 0 ? 'Page=1' : null,
    }),
  )
  writeFileSync(join(home, `${evil}.log`), `${[...lines, evil].join('\n')}\n`)
  const make = async (...args: string[]) => {
    const { code, stderr } = await runCli(t, args, { cwd: home })
    t.ok(code === 0 || code === 1, `${code}: ${stderr}`)
  }
  await make('replay', '--html', 'replay.html', `${evil}.log`)
  await make('photos', 'gallery', '--html', 'gallery.html', '--people', 'people.csv')
  return { replay: join(home, 'replay.html'), gallery: join(home, 'gallery.html') }
}

t.test('pages to mail are safe and readable on a phone and on a wide screen', async t => {
  const browser = await openBrowser(t)
  if (browser === undefined) return
  const pages = await makePages(t)
  const shown = {
    replay: [`${evil}.log`, 'newly turned away', 'Admitted by rule'],
    gallery: [hostile, "o'neil&co@acme.example", 'ann@acme.example', '1 of 2 people'],
  }
  for (const name of ['replay', 'gallery'] as const) {
    const url = pathToFileURL(pages[name]).href
    for (const look of looks) {
      await t.test(`${name}, ${look.width} px, ${look.scheme}`, async t => {
        const { page, context, troubles, requests } = await openPage(browser, url, look)
        t.strictSame(requests, [url], 'no other request')
        t.strictSame(troubles, [], 'no error, no dialog')
        t.strictSame(await seriousFindings(page), [], 'nothing serious for a screen reader')
        t.equal(await overflowOf(page), 0, 'nothing to scroll sideways')
        const text = await page.innerText('body')
        for (const each of shown[name]) t.ok(text.includes(each), each)
        t.equal(await page.locator('script, [onerror], img:not([src^="data:"])').count(), 0)
        const background = 'getComputedStyle(document.body).backgroundColor'
        const dark = look.scheme === 'dark'
        t.equal(await page.evaluate(background), dark ? 'rgb(20, 24, 29)' : 'rgb(255, 255, 255)')
        if (name === 'gallery') {
          const widths = '[...document.images].map(image => image.complete && image.naturalWidth)'
          const drawn = (await page.evaluate(widths)) as number[]
          t.equal(drawn.length, 13)
          t.ok(
            drawn.every(width => width > 0 && width <= 128),
            `${drawn}`,
          )
        }
        await context.close()
      })
    }
    await t.test(`${name}, on paper`, async t => {
      const { page, context, troubles } = await openPage(browser, url, {
        width: 800,
        scheme: 'dark',
      })
      await page.emulateMedia({ media: 'print' })
      t.equal(
        await page.evaluate('getComputedStyle(document.body).backgroundColor'),
        'rgb(255, 255, 255)',
        'dark ink on white, also of a dark screen',
      )
      t.match((await page.pdf()).subarray(0, 5).toString(), '%PDF-')
      t.strictSame(troubles, [])
      await context.close()
    })
    await t.test(`${name} has its headings and tables for a screen reader`, async t => {
      const { page, context } = await openPage(browser, url, { width: 800, scheme: 'light' })
      t.equal(await page.getByRole('heading', { level: 1 }).count(), 1)
      t.equal(await page.getByRole('main').count(), 1)
      t.ok((await page.getByRole('heading', { level: 2 }).count()) > 2)
      const tables = await page.getByRole('table').count()
      t.ok(tables > 0)
      t.equal(await page.locator('table:has(th[scope=col]):has(th[scope=row])').count(), tables)
      await context.close()
    })
  }
})

t.test('what a template takes is what a reader sees, whatever it holds', async t => {
  const browser = await openBrowser(t)
  if (browser === undefined) return
  const below = seededBelow(t)
  const pieces = [
    ...'<>&"\'`=/!-;# \n\u0000\u202e\u{1f600}é',
    '&lt',
    '&#60;',
    '</p>',
    '<!--',
    ']]>',
    '<script>',
  ]
  const texts = Array.from({ length: 3_000 }, () =>
    Array.from({ length: 12 }, () => pieces[below(pieces.length)]).join(''),
  )
  const body = html`${texts.map(text => html`<p title="${text}" id='${text}'>${text}</p>`)}`
  const file = join(makeDirectory(t), 'page.html')
  writeFileSync(file, formatPage({ title: texts[0] ?? '', lead: '', madeMs: 0, body }))
  const { page, troubles } = await openPage(browser, pathToFileURL(file).href, {
    width: 800,
    scheme: 'light',
  })
  const shown = (await page.evaluate(
    `[...document.querySelectorAll("main p")].map(p => [p.textContent, p.title, p.id])`,
  )) as string[][]
  t.strictSame(
    shown,
    texts.map(printable).map(text => [text, text, text]),
  )
  t.equal(await page.locator('main *').count(), texts.length, 'no other element')
  t.strictSame(troubles, [])
})
