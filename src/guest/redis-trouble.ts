// What to do when Redis cannot be asked, by what it or the connection says.

/** Some words on the reason, and what an administrator can do. */
export interface RedisTrouble {
  readonly reason: string
  readonly advice: string
}

const unknownAuthority = 'its certificate is from an unknown authority; set caFile'

// The beginnings of Redis's replies, and codes of Node.js. The first that matches counts.
const advices: readonly (readonly [RegExp, string])[] = [
  [
    /^WRONGPASS|invalid password/,
    'the password is wrong; compare passwordFile, and the user in redis, with what Redis has (requirepass, or its ACL)',
  ],
  [/^NOAUTH|Authentication required/, 'Redis asks for a password; add passwordFile'],
  [
    /without any password|no password is set/,
    'Redis asks for no password, so anybody who reaches it can change the ledger; give it one, or take passwordFile out',
  ],
  [
    /^NOPERM|no permissions|can't run this command/,
    'the user in redis lacks a right; deploy/docs/guests.md has its ACL',
  ],
  [/^READONLY/, 'it is a replica; name the master in redis, or Sentinels that know it'],
  [/^OOM/, 'it is full; raise maxmemory'],
  [/^LOADING/, 'it loads its data; wait'],
  [/^BUSY/, 'a script of another program blocks it; look for it in SLOWLOG'],
  [/^MISCONF/, 'it cannot write its data to disk; its log says why'],
  [/^(?:MOVED|CROSSSLOT|CLUSTERDOWN)/, 'it is a cluster; name one master'],
  [/^ERR DB index/, 'it has no such database; write a smaller number in redis'],
  [/^All sentinels/, 'no Sentinel told where the master is; compare sentinels and master'],
  [/ECONNREFUSED/, 'nothing listens there; start Redis'],
  [/ENOTFOUND|EAI_AGAIN/, 'the name of its host is unknown'],
  [/ENOENT|EACCES/, 'the socket is not there, or this user may not use it'],
  [/SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)/, unknownAuthority],
  [/ALTNAME/, 'its certificate is for another name; write in redis the name that it is for'],
  [/CERT_HAS_EXPIRED/, 'its certificate has expired; renew it'],
  [/EPROTO|wrong version number/, 'it speaks no TLS there; write redis://, or its port for TLS'],
  [/^a reply that is not/, 'it is no Redis; compare redis with where it is'],
  [/^no answer/, 'it is frozen, overloaded or out of reach'],
  [/without an answer/, 'it is overloaded or out of reach'],
  [/closed|ECONNRESET/, 'its log says why; if it speaks TLS there, write rediss://'],
]

const otherwise = 'its log may say why'

// What a server says has any length.
const maxReason = 200

/** Quotes what the error says: guest/redis-connection takes a password out of it. */
export function explainTrouble(error: Error): RedisTrouble {
  const { code = '' } = error as NodeJS.ErrnoException
  const isTold = error.message.includes(code)
  const whole = [...(isTold ? [] : [code]), error.message].filter(text => text !== '').join(' ')
  const reason = whole.length > maxReason ? `${whole.slice(0, maxReason - 1)}…` : whole
  const [, advice = otherwise] = advices.find(([pattern]) => pattern.test(reason)) ?? []
  return { reason, advice }
}
