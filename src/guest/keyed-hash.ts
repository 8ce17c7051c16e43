// Short numbers in place of long keys. Keyed anew in each process, so no client can choose names that collide.
import { hash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'

const key = randomBytes(16).toString('hex')
// 52 bits, which a number holds exactly.
const hexDigits = 13
// The same people and clients come again with each photo.
const known = new LRUCache<string, number>({ max: 16_384 })

/** A positive safe integer. Two of 100,000 texts have the same one with a chance of one in a million. */
export function hashOf(text: string): number {
  const cached = known.get(text)
  if (cached !== undefined) return cached
  const number = Number.parseInt(hash('sha256', key + text).slice(0, hexDigits), 16) + 1
  known.set(text, number)
  return number
}
