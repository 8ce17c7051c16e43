// `photogate photos gallery`: one file with everything that is known of a folder, within its bounds.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { drawPreviews, noRoom } from '../../src/command/gallery-previews.ts'
import { importPhotos } from '../../src/command/import.ts'
import type { GalleryOptions } from '../../src/command/photos-gallery.ts'
import { gallery } from '../../src/command/photos-gallery.ts'
import { surveyPhotos } from '../../src/photo/photo-survey.ts'
import { runCommandLine } from '../fixtures/command-line.ts'
import '../fixtures/import-here.ts'
import { captureOutput } from '../fixtures/output.ts'
import { drawBomb, drawJpeg, drawNoise } from '../fixtures/pictures.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { writeTdiDump } from '../fixtures/tdi-dump.ts'

const hostile = '"><img src=x onerror=alert(1)>@acme.example.jpg'
const people = 'uid,mail\njoe,joe@acme.example\nann,ann@b.example\nkim,kim@acme.example\n'

async function openHome(t: Test) {
  const home = makeDirectory(t)
  const photos = join(home, 'photos')
  mkdirSync(photos)
  const put = (name: string, bytes: Buffer | string) => writeFileSync(join(photos, name), bytes)
  put('joe@acme.example.jpg', await drawJpeg({ seed: 1 }))
  put("o'neil&co@acme.example.jpg", await drawJpeg({ seed: 2 }))
  put('ann@b.example.jpg', await drawNoise(300))
  put(hostile, await drawJpeg({ seed: 3 }))
  put('broken@acme.example.jpg', '<html>')
  writeFileSync(join(home, 'people.csv'), people)
  writeFileSync(join(home, 'photogate.yaml'), 'allow: [{ name: here, from: 127.0.0.1 }]\n')
  const file = join(home, 'gallery.html')
  const run = async (options: Partial<GalleryOptions> = {}) => {
    const output = captureOutput()
    const config = join(home, 'photogate.yaml')
    const code = await gallery({ config, html: file, max: 1_000, ...options }, output)
    return {
      code,
      page: readFileSync(file, 'utf8'),
      printed: output.printed(),
      noted: output.noted(),
    }
  }
  return { home, photos, file, run, put }
}

const addressesOf = (page: string) =>
  [...page.matchAll(/<figcaption>([^<]*)</g)].map(([, text]) => text)

t.test('a page that cannot be written is refused before the photos are read', async t => {
  const { home, run } = await openHome(t)
  await t.rejects(run({ html: home }), { code: 'GATE_USAGE', message: /is a folder/ })
  await t.rejects(run({ html: join(home, 'people.csv') }), { message: /is not a report/ })
  t.equal(readFileSync(join(home, 'people.csv'), 'utf8'), people)
  for (const max of ['0', '5001', 'all', '']) {
    const args = ['photos', 'gallery', '--html', 'x.html', '--max', max]
    const { code, stderr } = await runCommandLine(args, { cwd: home })
    t.equal(code, 2)
    t.match(stderr, /Write a number of photos from 1 to 5000/)
  }
  const { code, stderr } = await runCommandLine(['photos', 'gallery'], { cwd: home })
  t.equal(code, 2)
  t.match(stderr, /required option '--html <file>'/)
  t.notOk(existsSync(join(home, 'x.html')))
})

t.test('the page shows each photo, and says what is broken, too big or missing', async t => {
  const { run, home, put } = await openHome(t)
  put('zoe@acme.example.png', drawBomb(8_000, 8_000))
  const { code, page, printed } = await run({ people: join(home, 'people.csv') })
  t.equal(code, 0)
  t.strictSame(addressesOf(page), [
    'ann@b.example',
    'joe@acme.example',
    'o&#39;neil&amp;co@acme.example',
    'zoe@acme.example',
  ])
  t.equal(page.split('src="data:image/jpeg;base64,/9j/').length - 1, 3, 'each as a JPEG')
  t.match(page, '<div class="none">no picture: it has more than 50,000,000 pixels</div>')
  t.match(page, 'alt="Photo of joe@acme.example"')
  t.match(page, /<th scope="row">ann@b\.example<\/th><td class="text">has \d\d,\d{3} bytes<\/td>/)
  t.match(page, '<th scope="row">broken@acme.example.jpg</th><td class="text">is not an image')
  t.match(
    page,
    '<th scope="row">&quot;&gt;&lt;img src=x onerror=alert(1)&gt;@acme.example.jpg</th>',
  )
  t.notMatch(page, /<img src=x|onerror=alert\(1\)>(?!.*@)/)
  t.match(page, /2 of 3 people of .*people\.csv have a photo \(66\.6 %\)/)
  t.match(page, '<li>kim@acme.example</li>')
  t.match(page, '<td class="share">50.0 %</td><td>1 of 2</td>')
  t.equal(printed, '4 photos, 2 files not served, 1 too big for Sametime')
})

t.test('after an import the page says where photos come from, and which were refused', async t => {
  const { run, home } = await openHome(t)
  const drop = [
    { uid: 'joe', bytes: await drawJpeg({ seed: 8 }) },
    { uid: 'kim', bytes: Buffer.from('<html>') },
  ]
  writeTdiDump(join(home, 'dump'), drop)
  const config = join(home, 'supply.yaml')
  writeFileSync(config, 'supply: { sources: [{ name: tdi, tdiDump: dump, people: people.csv }] }\n')
  const { signal } = new AbortController()
  await importPhotos({ config }, { output: captureOutput(), terminal: undefined, signal })
  const { page } = await run({ config })
  t.match(page, '<figcaption>joe@acme.example<span>')
  t.match(page, '<span>from tdi</span>')
  t.match(page, '<span>put there by others</span>')
  t.match(page, /<th scope="row">kim@acme\.example<\/th><td class="text">kim of tdi is not/)
  t.match(page, /2 of 3 people of the import of 20.* have a photo/)
})

t.test('--match chooses photos and people, and --max cuts the wall and says so', async t => {
  const { run, home } = await openHome(t)
  const csv = join(home, 'people.csv')
  const one = await run({ match: '*@B.example', people: csv })
  t.strictSame(addressesOf(one.page), ['ann@b.example'])
  t.notMatch(one.page, 'kim@acme.example')
  t.match(one.page, /1 photo in .*photos, of \*@b\.example only/)
  const cut = await run({ max: 1 })
  t.strictSame(addressesOf(cut.page), ['ann@b.example'])
  t.match(cut.page, 'And 2 more; --max shows more of them, and --match others.')
  t.match(cut.printed, /^3 photos, the first 1 photo shown, /)
  const none = await run({ match: 'nobody@*' })
  t.match(none.page, 'There are none.')
})

t.test(
  'pictures have a bound for all of them together, and the others are named without',
  async t => {
    const { photos, put } = await openHome(t)
    // Whole by its structure, so the gate serves it; nobody can decode as much.
    put('bomb@acme.example.png', drawBomb(8_000, 8_000))
    const { served } = await surveyPhotos(photos)
    const files = [...served.values()].sort((a, b) => (a.address < b.address ? -1 : 1))
    t.strictSame(await drawPreviews(photos, []), [])
    const all = await drawPreviews(photos, files)
    t.strictSame(
      all.map(preview => (typeof preview === 'string' ? preview : 'JPEG')),
      ['JPEG', 'no picture: it has more than 50,000,000 pixels', 'JPEG', 'JPEG'],
    )
    const sizes = all.map(preview => (typeof preview === 'string' ? 0 : preview.length))
    t.ok(
      sizes.every(size => size <= 12_000),
      `${sizes}`,
    )
    const [ann = 0, , joe = 0] = sizes
    const bound = await drawPreviews(photos, files, ann + joe)
    t.equal(bound.at(-1), noRoom)
    t.equal(bound.filter(preview => typeof preview !== 'string').length, 2)
    const many = Array.from({ length: 20 }, () => files[0]).flatMap(file => file ?? [])
    const few = await drawPreviews(photos, many, ann)
    t.strictSame(few.slice(1), Array(19).fill(noRoom))
    const gone = { ...files[0], name: 'gone@acme.example.jpg' } as (typeof files)[0]
    t.strictSame(await drawPreviews(photos, [gone]), ['has just gone'])
  },
)
