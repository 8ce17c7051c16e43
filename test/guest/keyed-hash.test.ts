// The short hash of names: against the algorithm as its authors wrote it, over bytes.
import t from 'tap'
import { buildTextHash, hashOf } from '../../src/guest/keyed-hash.ts'
import { fc } from '../fixtures/property.ts'

interface Rounds {
  readonly each: number
  readonly final: number
}

/** HalfSipHash with 64 bits, in the order of halfsiphash.c of the reference implementation. */
function referenceHash(bytes: Buffer, [k0, k1]: readonly [number, number], rounds: Rounds): Buffer {
  const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by))
  let [v0, v1, v2, v3] = [k0, k1 ^ 0xee, k0 ^ 0x6c796765, k1 ^ 0x74656462]
  const mix = (count: number) => {
    for (let round = 0; round < count; round++) {
      v0 = (v0 + v1) | 0
      v1 = rotate(v1, 5) ^ v0
      v0 = rotate(v0, 16)
      v2 = (v2 + v3) | 0
      v3 = rotate(v3, 8) ^ v2
      v0 = (v0 + v3) | 0
      v3 = rotate(v3, 7) ^ v0
      v2 = (v2 + v1) | 0
      v1 = rotate(v1, 13) ^ v2
      v2 = rotate(v2, 16)
    }
  }
  const padded = Buffer.alloc((Math.floor(bytes.length / 4) + 1) * 4)
  bytes.copy(padded)
  padded[padded.length - 1] = bytes.length
  for (let at = 0; at < padded.length; at += 4) {
    const word = padded.readInt32LE(at)
    v3 ^= word
    mix(rounds.each)
    v0 ^= word
  }
  v2 ^= 0xee
  const out = Buffer.alloc(8)
  mix(rounds.final)
  out.writeInt32LE(v1 ^ v3, 0)
  v1 ^= 0xdd
  mix(rounds.final)
  out.writeInt32LE(v1 ^ v3, 4)
  return out
}

const key = [0x03020100, 0x07060504] as const

t.test(
  'the reference is right: it gives the vectors of the authors for HalfSipHash-2-4',
  async t => {
    const rows: [length: number, hash: string][] = [
      [0, '218d1f59b9b83cc8'],
      [1, 'be552412f8387315'],
      [2, '064f39ef7c50eb57'],
      [8, 'edfee820bce4858c'],
      [62, 'f90b3ab572d46693'],
      [63, '2ea63c71bf326087'],
    ]
    for (const [length, expected] of rows) {
      const bytes = Buffer.from(Array.from({ length }, (_, at) => at))
      t.equal(referenceHash(bytes, key, { each: 2, final: 4 }).toString('hex'), expected)
    }
  },
)

t.test('a text has the upper 52 bits of HalfSipHash-1-3 over its UTF-16', async t => {
  const hash = buildTextHash(...key)
  const expected = (text: string) => {
    const out = referenceHash(Buffer.from(text, 'utf16le'), key, { each: 1, final: 3 })
    return out.readUInt32LE(0) * 2 ** 20 + (out.readUInt32LE(4) >>> 12)
  }
  for (const text of ['', 'a', 'ab', 'abc', 'joe@acme.example', 'jörg@bücher.example', '\u{1f600}'])
    t.equal(hash(text), expected(text), text)
  fc.assert(fc.property(fc.string({ maxLength: 127 }), text => hash(text) === expected(text)))
})

t.test('two texts have a hash together, in which their order counts', async t => {
  const texts = ['meeting', '192.0.2.7', 'unknown', '', 'meeting 192.0.2.7']
  const hashes = texts.flatMap(a => texts.map(b => hashOf(b, hashOf(a))))
  t.equal(new Set([...hashes, ...texts.map(text => hashOf(text))]).size, 30)
})

t.test('100,000 like names have different hashes, spread over every part of the bits', async t => {
  const hashes = Array.from({ length: 100_000 }, (_, at) => hashOf(`p${at}@acme.example`))
  t.equal(new Set(hashes).size, 100_000)
  t.ok(hashes.every(hash => Number.isSafeInteger(hash) && hash >= 0 && hash < 2 ** 52))
  for (const [from, count] of [
    [1, 64],
    [2 ** 20, 64],
    [2 ** 46, 64],
  ] as const) {
    const counts = new Array(count).fill(0)
    for (const hash of hashes) counts[Math.floor(hash / from) % count]++
    // 1,562 each; more than eight standard deviations would be a fault.
    t.ok(Math.min(...counts) > 1_250 && Math.max(...counts) < 1_880, `${from}`)
  }
})
