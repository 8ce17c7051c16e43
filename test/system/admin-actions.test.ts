// What the page can have the gate do, in a real Chromium: disabled with a reason without a token, and announced with one.
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import t from 'tap'
import { adminToken, startAdminGate } from '../fixtures/admin.ts'
import { looks, openBrowser, openPage, overflowOf, seriousFindings } from '../fixtures/browser.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const config = `
proxies: [127.0.0.1]
allow: [{ name: meeting, cookie: stMeetingroom*, budget: { people: 2, per: 1h } }]
supply: { sources: [{ folder: . }] }
`
const shots = process.env.SHOTS

async function openGate(t: Test, admin: string) {
  const asked: string[] = []
  const problem = 'photogate.yaml:3:1 allow <b>is wrong</b>'
  const gate = await startAdminGate(t, config, {
    admin,
    actions: {
      reload: async () => {
        asked.push('reload')
        return { outcome: 'refused', problems: [problem] }
      },
      importNow: () => (asked.push('import') > 2 ? 'running' : 'started'),
    },
  })
  const see = (person: string) =>
    gate.ask(`/${person}@acme.example.jpg`, {
      headers: { 'x-forwarded-for': '2001:db8:1:2::7', cookie: 'stMeetingroom1=x' },
    })
  for (const person of ['a', 'b', 'c']) await see(person)
  await waitUntil(() => gate.requests().length === 3)
  return { ...gate, asked, see, url: gate.server.adminUrls[0] as string }
}

async function signIn(page: Page): Promise<void> {
  await page.locator('#token').fill(adminToken)
  await page.keyboard.press('Enter')
  await page.locator('nav[aria-label=Views]').waitFor()
}

async function show(page: Page, view: string): Promise<void> {
  await page.evaluate(`location.hash = '#/${view}'`)
  await page.locator('main h1').waitFor()
}

t.test('without a token each button says why it does nothing', async t => {
  const browser = await openBrowser(t)
  if (browser === undefined) return
  const { url, asked } = await openGate(t, '')
  const { page, troubles } = await openPage(browser, url, { width: 360, scheme: 'light' })
  for (const view of ['rules', 'imports', 'decisions?reason=over-budget']) {
    await show(page, view)
    if (view.startsWith('decisions')) await page.locator('.decisions .row').first().click()
    const button = page.locator('.action button')
    await page.locator('.action .quiet', { hasText: /set admin\.tokenFile/ }).waitFor()
    t.equal(await button.getAttribute('aria-disabled'), 'true')
    await button.click({ force: true })
  }
  t.equal(await page.locator('footer button').count(), 0)
  t.strictSame([asked, troubles], [[], []])
})

t.test('signed in, each does what it says, and announces what came of it', async t => {
  const browser = await openBrowser(t)
  if (browser === undefined) return
  for (const look of looks) {
    await t.test(`${look.width} px, ${look.scheme}`, async t => {
      const { url, asked, see, askAdmin } = await openGate(t, 'tokenFile: admin.token')
      const { page, context, troubles } = await openPage(browser, url, look)
      const look2 = async (name: string) => {
        t.strictSame(await seriousFindings(page), [], name)
        t.ok((await overflowOf(page)) <= 0, `${name} does not scroll sideways`)
        if (shots === undefined) return
        const path = `${shots}/${name}-${look.width}-${look.scheme}.png`
        await page.screenshot({ path, fullPage: true })
      }
      await signIn(page)
      await show(page, 'rules')
      await page.locator('button:text("Reload the configuration")').click()
      await page.locator('[aria-live] .problem', { hasText: /the old one stays/ }).waitFor()
      t.match(await page.locator('[aria-live] li').textContent(), '<b>is wrong</b>')
      await look2('rules')
      await show(page, 'imports')
      await page.locator('button:text("Import now")').click()
      await page.locator('[aria-live] .done', { hasText: /has started/ }).waitFor()
      await page.locator('button:text("Import now")').click()
      await page.locator('[aria-live] .problem', { hasText: /running already/ }).waitFor()
      await look2('imports')
      await show(page, 'decisions?reason=over-budget')
      await page.locator('.decisions .row').first().click()
      await page.locator('button:text("Forget this client")').click()
      await page.locator('.action [role=alert]', { hasText: /2001:db8:1:2::\/64/ }).waitFor()
      const focused = await page.evaluate('document.activeElement.textContent')
      t.equal(focused, 'Leave it', 'a second Enter changes nothing')
      await look2('forget')
      await page.locator('button:text("Yes, forget it")').click()
      await page.locator('[aria-live] .done', { hasText: /begins anew/ }).waitFor()
      await look2('forgotten')
      await see('d')
      const { rows } = JSON.parse((await askAdmin('/api/decisions?limit=1')).body.toString())
      t.match(rows, [{ reason: 'missing' }])
      t.strictSame(asked, ['reload', 'import', 'import'])
      // Before the end of the session, which cuts off the page's event stream.
      t.strictSame(troubles, [])
      await page.locator('footer button').click()
      await page.waitForURL(/\/sign-in$/)
      await page.goto(url)
      t.match(page.url(), /\/sign-in$/, 'the session is over')
      await context.close()
    })
  }
})
