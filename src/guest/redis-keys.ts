// Names under which Redis keeps clients and people: HMACs, so that it holds neither addresses nor people. Whoever reads
// Redis sees how many clients there are, how many people each has asked for and when, and no more.
import { createHmac } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { LedgerAccount, LedgerEntry } from './ledger.ts'

/** The keys and arguments of a script. */
export interface RedisQuestion {
  /** Undefined: the script that counts. */
  readonly script?: 'forget'
  readonly keys: readonly Buffer[]
  readonly values: readonly (string | Buffer)[]
}

export type AskRedis = (entry: LedgerEntry) => RedisQuestion

/** Every key begins so: an ACL needs it. */
export const keyPrefix = 'photogate:'

const nameBytes = 16
// The same people and clients come again with each photo.
const maxNames = 16_384

/** `secret`: the same at all gates. */
export function buildAskRedis(secret: Buffer): AskRedis {
  // A label for each kind, so that nobody who reads Redis can tell a client that is also a person.
  const clients = buildNames(secret, 'client', keyPrefix)
  const alarms = buildNames(secret, 'alarm', keyPrefix)
  const people = buildNames(secret, 'person', '')
  // NUL, because names of rules and of users may hold blanks: two rules with one key would shorten their windows.
  return ({ rule, client, pass = '', person, isMissing, isCanary, budget, alarm }) => ({
    keys: [
      ...(budget === undefined ? [] : [clients(clientText({ rule, client }))]),
      ...(alarm === undefined ? [] : [alarms(`${rule}\0${pass}`)]),
    ],
    values: [
      people(person),
      isMissing ? '1' : '0',
      isCanary ? '1' : '0',
      ...(budget === undefined
        ? ['', '', '']
        : [`${budget.people}`, `${budget.misses}`, `${budget.perMs}`]),
      ...(alarm === undefined ? ['', ''] : [`${alarm.people}`, `${alarm.perMs}`]),
    ],
  })
}

/** `secret`: as of buildAskRedis. */
export function forgetInRedis(secret: Buffer, account: LedgerAccount): RedisQuestion {
  const key = nameOf(secret, 'client', clientText(account))
  return { script: 'forget', keys: [Buffer.concat([Buffer.from(keyPrefix), key])], values: [] }
}

function clientText({ rule, client }: Pick<LedgerAccount, 'rule' | 'client'>): string {
  return `${rule}\0${client}`
}

/** Tells secrets apart, and nothing of them: eight hexadecimal digits. */
export function secretIdOf(secret: Buffer): string {
  return createHmac('sha256', secret).update('photogate ledger id').digest('hex').slice(0, 8)
}

function buildNames(secret: Buffer, label: string, prefix: string): (text: string) => Buffer {
  const known = new LRUCache<string, Buffer>({ max: maxNames })
  return text => {
    const cached = known.get(text)
    if (cached !== undefined) return cached
    const name = Buffer.concat([Buffer.from(prefix), nameOf(secret, label, text)])
    known.set(text, name)
    return name
  }
}

function nameOf(secret: Buffer, label: string, text: string): Buffer {
  const hash = createHmac('sha256', secret).update(`photogate ledger ${label}\0${text}`).digest()
  return hash.subarray(0, nameBytes)
}
