// The minimum of work of an import of pictures: read each, decode it, make it fit, encode it, and store nothing.
// Arguments: a folder, the longest side, the quality.
import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'

const [folder = '', side = '320', quality = '82'] = process.argv.slice(2)
sharp.cache(false)
sharp.concurrency(1)
const names = readdirSync(folder)[Symbol.iterator]()
const work = async () => {
  for (const name of names) {
    await sharp(await readFile(join(folder, name)), { sequentialRead: true })
      .autoOrient()
      .resize({
        width: Number(side),
        height: Number(side),
        fit: 'inside',
        withoutEnlargement: true,
      })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .jpeg({ quality: Number(quality) })
      .toBuffer()
  }
}
await Promise.all(Array.from({ length: availableParallelism() + 1 }, work))
