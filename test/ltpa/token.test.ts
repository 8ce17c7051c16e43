import { createHash } from 'node:crypto'
import t from 'tap'
import { bareToken, decodeToken, expiryText } from '../../src/ltpa/token.ts'
import { buildDominoSecret, verifyDominoToken } from '../../src/ltpa/token-domino.ts'

t.test('an expiry beyond every date is shown as the last date', async t => {
  t.equal(expiryText(Number.MAX_SAFE_INTEGER), '+275760-09-13T00:00:00.000Z')
  t.equal(expiryText(0), '1970-01-01T00:00:00.000Z')
})

t.test('a token is bare without quotes, and with the plus signs that a proxy decoded', async t => {
  t.equal(bareToken('"AB CD==="'), 'AB+CD===')
  t.equal(bareToken('AB+CD'), 'AB+CD')
})

t.test('only canonical base64 of at most 4096 characters is decoded', async t => {
  t.equal(decodeToken('AB=='), undefined, 'bits left over')
  t.equal(decodeToken('A'.repeat(4100)), undefined)
  t.strictSame(decodeToken('AA=='), Buffer.from([0]))
})

t.test('a token without the length, the hash or both times is not a Domino token', async t => {
  const secret = Buffer.from('twenty bytes, please')
  const signed = (content: string) => {
    const bytes = Buffer.from(content, 'latin1')
    return Buffer.concat([bytes, createHash('sha1').update(bytes).update(secret).digest()])
  }
  const verify = (bytes: Buffer) => verifyDominoToken(bytes, buildDominoSecret(secret))
  const rows: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['another header', signed('\x00\x01\x02\x045F5E10005F5E1001joe')],
    ['a creation that is not hexadecimal', signed('\x00\x01\x02\x035F5E100x5F5E1001joe')],
    ['an expiry that is not hexadecimal', signed('\x00\x01\x02\x035F5E10005F5E100xjoe')],
    ['another hash', Buffer.concat([signed('\x00\x01\x02\x035F5E10005F5E1001joe'), secret])],
  ]
  for (const [title, bytes] of rows) {
    t.test(title, async t => {
      t.equal(verify(bytes), undefined)
    })
  }
  t.match(verify(signed('\x00\x01\x02\x035F5E10005F5E1001joe')), { user: 'joe', isUnclear: false })
})
