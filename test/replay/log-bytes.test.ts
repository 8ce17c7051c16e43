import { gzipSync } from 'node:zlib'
import t from 'tap'
import { unpack } from '../../src/replay/log-bytes.ts'

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** All text that was unpacked, and the error at the end. */
async function unpackAll(bytes: Buffer, size = 1_000) {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of unpack(inChunks(bytes, size))) chunks.push(chunk)
  } catch (error) {
    return { text: Buffer.concat(chunks).toString('latin1'), error: error as NodeJS.ErrnoException }
  }
  return { text: Buffer.concat(chunks).toString('latin1') }
}

// Lines that hardly compress, so that there is something to cut off.
const text = Array.from({ length: 20_000 }, (_, at) => `${at} ${Math.sin(at)}\n`).join('')
const packed = gzipSync(text)

t.test(
  'truncated or damaged gzip is an error, after everything that could be unpacked',
  async t => {
    const cut = await unpackAll(packed.subarray(0, packed.length / 2))
    t.equal(cut.error?.code, 'Z_BUF_ERROR')
    t.ok(
      cut.text.length > text.length / 4 && text.startsWith(cut.text),
      'nearly half of the log was unpacked',
    )
    const tail = await unpackAll(packed.subarray(0, -1))
    t.equal(tail.error?.code, 'Z_BUF_ERROR')
    t.equal(tail.text, text)
    const damaged = Buffer.from(packed)
    damaged.fill(0xff, packed.length / 2, packed.length / 2 + 100)
    t.match((await unpackAll(damaged)).error?.code, /^Z_/)
    t.equal((await unpackAll(packed.subarray(0, 2))).error?.code, 'Z_BUF_ERROR')
  },
)

t.test('other bytes behind gzip are not lost silently', async t => {
  const small = gzipSync('packed\n')
  for (const size of [1, small.length, 1_000]) {
    const mixed = await unpackAll(Buffer.concat([small, Buffer.from('plain\n')]), size)
    t.equal(mixed.error?.code, 'Z_DATA_ERROR', `by ${size}`)
  }
})

t.test('an error of the input is passed on, packed or not', async t => {
  for (const bytes of [packed, Buffer.from(text)]) {
    const failing = (async function* () {
      yield bytes.subarray(0, 1_000)
      throw new Error('the disk is gone')
    })()
    await t.rejects(
      (async () => {
        for await (const _ of unpack(failing)) {
        }
      })(),
      { message: 'the disk is gone' },
    )
  }
})

t.test('gzip and plain text give the same, for any size of chunks', async t => {
  for (const size of [1, 2, 3, 1_000, 1_000_000]) {
    const part = size < 1_000 ? text.slice(0, 5_000) : text
    t.strictSame(await unpackAll(gzipSync(part), size), { text: part }, `packed, by ${size}`)
    t.strictSame(await unpackAll(Buffer.from(part), size), { text: part }, `plain, by ${size}`)
  }
  t.strictSame(await unpackAll(Buffer.concat([packed, packed])), { text: text + text }, 'appended')
})

t.test('bytes that do not start as gzip stay as they are', async t => {
  for (const text of ['', 'a', '\x1f', '\x1fa', '\x8b\x1f', 'a\x1f\x8b']) {
    t.strictSame(await unpackAll(Buffer.from(text, 'latin1'), 1), { text }, JSON.stringify(text))
  }
})

t.test('a format that cannot be read is named, with what to do', async t => {
  const tar = Buffer.alloc(512)
  tar.write('access_log')
  tar.write('ustar\0', 257)
  const utf16 = Buffer.from(text, 'utf16le')
  const rows: [string, Buffer, RegExp][] = [
    [
      'zstd',
      Buffer.from('28b52ffd04', 'hex'),
      /^is Zstandard; zstd -dc FILE \| photogate replay -$/,
    ],
    ['bzip2', Buffer.from('BZh91AY'), /^is bzip2; bzip2 -dc/],
    ['xz', Buffer.from('fd377a585a000004', 'hex'), /^is xz; xz -dc/],
    ['lz4', Buffer.from('04224d1864', 'hex'), /^is LZ4; /],
    ['compress', Buffer.from('1f9d90', 'hex'), /^is compress; /],
    ['zip', Buffer.from('PK\x03\x04'), /^is a zip archive; unpack it/],
    ['7z', Buffer.from('377abcaf271c', 'hex'), /^is a 7z archive; /],
    ['tar', tar, /^is a tar archive; unpack it/],
    ['tar in gzip', gzipSync(tar), /^is a tar archive.*within gzip/],
    ['gzip in gzip', gzipSync(packed), /^is gzip within gzip; unpack it once$/],
    ['UTF-16', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), /^is UTF-16; save it as UTF-8/],
    ['UTF-16, big', Buffer.concat([Buffer.from([0xfe, 0xff]), utf16.swap16()]), /^is UTF-16; /],
    ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), /^is UTF-16; /],
    ['UTF-16, big-endian, without a mark', Buffer.from(text, 'utf16le').swap16(), /^is UTF-16; /],
  ]
  for (const [title, bytes, problem] of rows) {
    await t.test(title, async t => {
      for (const size of [1, 7, 100_000]) {
        const { text: came, error } = await unpackAll(bytes, size)
        t.equal(came, '')
        t.match(error?.message, problem)
      }
    })
  }
})

t.test('a byte order mark does not belong to the first line', async t => {
  const text = 'one\ntwo\n'
  const marked = Buffer.from(`\ufeff${text}`)
  for (const size of [1, 2, 100_000]) {
    t.equal((await unpackAll(marked, size)).text, text)
    t.equal((await unpackAll(gzipSync(marked), size)).text, text, 'in gzip')
  }
})

t.test('a log of a few bytes is read', async t => {
  for (const bytes of ['', '1', 'BZ', '\0', 'a\0']) {
    t.equal((await unpackAll(Buffer.from(bytes, 'latin1'))).text, bytes)
  }
})
