// The most memory that decoding takes, measured as that of a whole process: many of the largest pictures of
// every kind, all at once.
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Sharp } from 'sharp'
import sharp from 'sharp'
import t from 'tap'
import { loadPrepare } from '../../src/picture/prepare.ts'
import { draw, drawBomb, drawGif } from '../fixtures/pictures.ts'
import { makeDirectory } from '../fixtures/process.ts'

// deploy/supply/README.md names it.
const maxMebibytes = 700
const module = new URL('../../src/picture/prepare.js', import.meta.url)
const program = `
  import { readFileSync } from 'node:fs'
  const { loadPrepare } = await import(${JSON.stringify(module.href)})
  const prepare = await loadPrepare({ maxPixels: 320, maxBytes: 45_000 }, 600)
  const pictures = process.argv.slice(1).map(path => readFileSync(path))
  const prepared = await Promise.all([...pictures, ...pictures, ...pictures].map(prepare))
  const [, peak] = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? []
  const refused = prepared.flatMap(({ reason }) => reason ?? [])
  console.log(JSON.stringify({ mebibytes: peak / 1024, count: prepared.length, refused }))`

t.test('many large pictures of all kinds at once stay within the documented memory', async t => {
  if (process.platform !== 'linux') {
    t.pass('only Linux reports the peak', { skip: true })
    return
  }
  const plain = (width: number, height: number) =>
    sharp({ create: { width, height, channels: 3, background: '#8a6' } })
  const pictures = [
    drawBomb(7_000, 7_000),
    drawGif([7_000, 7_000], [[7_000, 7_000]]),
    plain(7_000, 7_000).jpeg(),
    plain(7_000, 7_000).jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
    plain(7_000, 7_000).withMetadata({ orientation: 6 }).jpeg(),
    plain(6_000, 6_000).toColourspace('rgb16').png({ compressionLevel: 1 }),
    plain(6_000, 6_000).toColourspace('rgb16').tiff({ compression: 'deflate' }),
    plain(4_000, 3_000).avif({ effort: 0, bitdepth: 10 }),
  ]
  const folder = makeDirectory(t)
  const paths: string[] = []
  for (const picture of pictures) {
    const bytes = Buffer.isBuffer(picture) ? picture : await picture.toBuffer()
    paths.push(join(folder, String(paths.length)))
    writeFileSync(paths.at(-1) as string, bytes)
  }
  const args = ['--input-type=module', '--eval', program, ...paths]
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    // The limit of scheduled imports.
    env: { ...process.env, NODE_OPTIONS: '', MALLOC_MMAP_THRESHOLD_: '1048576' },
  })
  const { mebibytes, ...rest } = JSON.parse(stdout) as { mebibytes: number }
  t.comment(`${Math.round(mebibytes)} MiB`)
  t.match(rest, { count: 24, refused: [] })
  t.ok(mebibytes < maxMebibytes)
})

t.test('a picture that would take too much memory is refused before it is decoded', async t => {
  const prepare = await loadPrepare({ maxPixels: 320, maxBytes: 45_000 })
  const reason = 'would take more than 320 MiB to decode; save it smaller'
  const rows: Record<string, Sharp> = {
    'an interlaced PNG of 16 bits': draw({ width: 6_600, height: 6_600 })
      .toColourspace('rgb16')
      .png({ progressive: true, compressionLevel: 1 }),
    'an AVIF of 20 million pixels': sharp({
      create: { width: 5_000, height: 4_000, channels: 3, background: '#8a6' },
    }).avif({ effort: 0 }),
  }
  for (const [name, picture] of Object.entries(rows)) {
    t.strictSame(await prepare(await picture.toBuffer()), { kind: 'refused', reason }, name)
  }
})
