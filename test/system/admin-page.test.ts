// The page for administrators in a real Chromium: what it shows of real requests, at a phone's width and wide, light and
// dark, by keyboard, and with addresses that come from attackers.
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import t from 'tap'
import { adminToken, startAdminGate } from '../fixtures/admin.ts'
import { looks, openBrowser, openPage, overflowOf, seriousFindings } from '../fixtures/browser.ts'
import { jpegOf } from '../fixtures/images.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const config = `
proxies: [127.0.0.1]
allow:
  - { name: offices, from: [10.0.0.0/8] }
  - { name: meeting, cookie: "STPluginActivePage=stMeetingroom*" }
  - { name: kiosk, from: [192.0.2.7] }
`
const hostile = '"><img src=x onerror=alert(1)>'
const views = ['overview', 'decisions', 'what-if', 'rules', 'photos', 'imports', 'credentials']

async function openGate(t: Test, admin = '') {
  const photos = { 'ada@acme.example.jpg': jpegOf('ada'), 'joe@acme.example.jpg': jpegOf('joe') }
  const gate = await startAdminGate(t, config, { photos, admin })
  let sent = 0
  const send = async (path: string, client: string, headers: Record<string, string> = {}) => {
    sent++
    await gate.ask(path, { headers: { 'x-forwarded-for': client, ...headers } })
    await waitUntil(() => gate.requests().length === sent)
  }
  return { ...gate, send, url: gate.server.adminUrls[0] as string }
}

type PageGate = Awaited<ReturnType<typeof openGate>>

async function sendSome({ send }: PageGate) {
  await send('/ada@acme.example.jpg', '10.1.2.3')
  await send('/joe@acme.example.jpg', '198.51.100.7', {
    cookie: 'STPluginActivePage=stMeetingroom1',
  })
  await send('/joe@acme.example.jpg', '203.0.113.5', { 'user-agent': hostile })
  await send(`/${encodeURIComponent(`${hostile}@acme.example`)}.jpg`, '203.0.113.9')
}

async function show(page: Page, view: string): Promise<void> {
  await page.evaluate(`location.hash = '#/${view}'`)
  await page.locator('main h1').waitFor()
  await page.waitForLoadState('networkidle').catch(() => {})
}

t.test('each view is whole at each width and in each scheme, and asks nobody else', async t => {
  const browser = await openBrowser(t)
  if (browser === undefined) return
  const gate = await openGate(t)
  await sendSome(gate)
  for (const look of looks) {
    await t.test(`${look.width} px, ${look.scheme}`, async t => {
      const { page, context, troubles, requests } = await openPage(browser, gate.url, look)
      for (const view of views) {
        await page.evaluate(`location.hash = '#/${view}'`)
        await page.locator(`nav a[aria-current=page][href="#/${view}"]`).waitFor()
        await page
          .locator('main .quiet[role=status]:text("Loading")')
          .waitFor({ state: 'detached' })
        t.strictSame(await seriousFindings(page), [], view)
        t.ok((await overflowOf(page)) <= 0, `${view} does not scroll sideways`)
      }
      t.strictSame(troubles, [])
      t.strictSame(
        requests.filter(url => !url.startsWith(gate.url)),
        [],
      )
      await context.close()
    })
  }
})

t.test('numbers follow the requests without a reload of the page', async t => {
  const browser = await openBrowser(t)
  if (browser === undefined) return
  const gate = await openGate(t)
  const { page } = await openPage(browser, gate.url, { width: 1_400, scheme: 'light' })
  const admitted = page.locator('.figure.admitted strong')
  const turnedAway = page.locator('.figure.turned-away strong')
  await page.locator('.figure.admitted strong', { hasText: /^0$/ }).waitFor()
  for (let at = 0; at < 7; at++) await gate.send('/ada@acme.example.jpg', '10.1.2.3')
  for (let at = 0; at < 3; at++) await gate.send('/ada@acme.example.jpg', '203.0.113.5')
  await page.locator('.figure.admitted strong', { hasText: /^7$/ }).waitFor()
  t.equal(await admitted.textContent(), '7')
  await page.locator('.figure.turned-away strong', { hasText: /^3$/ }).waitFor()
  t.equal(await turnedAway.textContent(), '3')
  t.match(await page.locator('.chart').getAttribute('aria-label'), /7 admitted, 3 turned away/)
  await page.evaluate(`location.hash = '#/decisions'`)
  await page.locator('.decisions .row').nth(9).waitFor()
  await gate.send('/joe@acme.example.jpg', '10.9.9.9')
  await page.locator('.decisions .row', { hasText: '10.9.9.9' }).waitFor()
  t.equal(await page.locator('.decisions .row').count(), 11)
})

t.test('what an attacker sends stays text, wherever it is shown', async t => {
  const browser = await openBrowser(t)
  if (browser === undefined) return
  const gate = await openGate(t)
  await sendSome(gate)
  const { page, troubles } = await openPage(browser, gate.url, { width: 1_400, scheme: 'light' })
  await show(page, 'decisions?words=onerror')
  const rows = page.locator('.decisions .row')
  await rows.nth(1).waitFor()
  for (const at of [0, 1]) {
    await rows.nth(at).click()
    await page.locator('.detail pre').waitFor()
    t.match(await page.locator('.detail').textContent(), /onerror/)
    t.equal(await page.locator('img[src="x"], script:not([src])').count(), 0)
    await rows.nth(at).click()
  }
  await show(page, 'overview')
  t.equal(await page.locator('img[src="x"]').count(), 0)
  t.strictSame(troubles, [])
})

t.test('a decision is found and opened, and asked again, by keyboard alone', async t => {
  const browser = await openBrowser(t)
  if (browser === undefined) return
  const gate = await openGate(t)
  await sendSome(gate)
  const { page } = await openPage(browser, gate.url, { width: 360, scheme: 'light' })
  await page.keyboard.press('Tab')
  t.equal(await focused(page), 'Skip to the content')
  await tabTo(page, 'Decisions')
  await page.keyboard.press('Enter')
  await page.locator('.decisions .row').nth(3).waitFor()
  t.equal(await page.evaluate('document.activeElement.id'), 'main')
  await page.keyboard.press('Tab')
  await page.keyboard.type('198.51.100.7')
  await waitUntil(async () => (await page.locator('.decisions .row').count()) === 1)
  await tabTo(page, /198\.51\.100\.7/)
  await page.keyboard.press('Enter')
  await page.locator('.detail .rules .hit').waitFor()
  t.match(
    await page.locator('.detail .rules').textContent(),
    /offices.*is not in 10\.0\.0\.0\/8.*meeting.*admits/s,
  )
  await tabTo(page, 'What if it sent a cookie?')
  await page.keyboard.press('Enter')
  await page.locator('section.panel .badge').waitFor()
  t.match(await page.locator('section.panel h2').textContent(), /turned away/)
  await page.evaluate(`document.querySelector('input[name=cookie]').focus()`)
  await page.keyboard.type('STPluginActivePage=stMeetingroom9')
  await page.keyboard.press('Enter')
  await page.locator('section.panel .badge.admitted').waitFor()
  t.match(await page.locator('section.panel h2').textContent(), /by rule meeting/)
  t.notMatch(page.url(), /stMeetingroom9/, 'a cookie stays out of the address')
})

function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.textContent.trim()') as Promise<string>
}

/** Presses Tab until an element with this text has the focus. */
async function tabTo(page: Page, text: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    const now = await focused(page)
    if (typeof text === 'string' ? now === text : text.test(now)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`no element ${text} can be reached with Tab`)
}

t.test('with a token, the page asks to sign in, and shows itself then', async t => {
  const browser = await openBrowser(t)
  if (browser === undefined) return
  const gate = await openGate(t, 'tokenFile: admin.token')
  const { page, troubles } = await openPage(browser, gate.url, { width: 360, scheme: 'dark' })
  t.match(page.url(), /\/sign-in$/)
  await page.locator('#token').fill(adminToken)
  await page.keyboard.press('Enter')
  await page.locator('.figure.admitted strong').waitFor()
  t.strictSame(troubles, [])
})

t.test('a folder of 20,000 photos is shown and searched', async t => {
  const browser = await openBrowser(t)
  if (browser === undefined) return
  const photos = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, at) => [`p${at}@acme.example.jpg`, jpegOf(`${at}`)]),
  )
  const gate = await startAdminGate(t, config, { photos, admin: '' })
  const look = { width: 1_400, scheme: 'light' } as const
  const { page } = await openPage(browser, gate.server.adminUrls[0] as string, look)
  await show(page, 'photos')
  await page.locator('.wall li').nth(59).waitFor()
  const startedMs = performance.now()
  await page.locator('input[type=search]').fill('p19999@')
  await waitUntil(async () => (await page.locator('.wall li').count()) === 1)
  t.comment(`found after ${Math.round(performance.now() - startedMs)} ms, 200 of them for the keys`)
  t.equal(await page.locator('.wall li').textContent(), 'p19999@acme.example')
})
