// What the log tells an administrator when Redis cannot be asked.
import t from 'tap'
import { explainTrouble } from '../../src/guest/redis-trouble.ts'

const coded = (code: string, message = '') => Object.assign(new Error(message), { code })

const rows: [string, Error, string, RegExp][] = [
  [
    'a wrong password',
    new Error('WRONGPASS invalid username-password pair or user is disabled.'),
    'WRONGPASS invalid username-password pair or user is disabled.',
    /passwordFile/,
  ],
  [
    'a missing one',
    new Error('NOAUTH Authentication required.'),
    'NOAUTH Authentication required.',
    /add passwordFile/,
  ],
  [
    'a server without a password',
    new Error('ERR AUTH <password> called without any password configured for the default user.'),
    'ERR AUTH <password> called without any password configured for the default user.',
    /take passwordFile out/,
  ],
  [
    'a right that the script lacks',
    new Error("ERR The user executing the script can't run this command or subcommand script: x"),
    "ERR The user executing the script can't run this command or subcommand script: x",
    /lacks a right/,
  ],
  ['a full server', new Error('OOM command not allowed'), 'OOM command not allowed', /maxmemory/],
  [
    'a refused connection',
    coded('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1'),
    'connect ECONNREFUSED 127.0.0.1:1',
    /start Redis/,
  ],
  ['one without a message, as of localhost', coded('ECONNREFUSED'), 'ECONNREFUSED', /start Redis/],
  [
    'an unknown authority',
    coded('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'),
    'SELF_SIGNED_CERT_IN_CHAIN self-signed certificate in certificate chain',
    /set caFile/,
  ],
  ['anything else', new Error('ERR something'), 'ERR something', /its log may say why/],
]

for (const [what, error, reason, advice] of rows) {
  t.test(what, async t => t.match(explainTrouble(error), { reason, advice }))
}

t.test('a reply without an end does not fill the log', async t => {
  const { reason } = explainTrouble(new Error(`ERR ${'x'.repeat(100_000)}`))
  t.equal(reason, `ERR ${'x'.repeat(195)}…`)
})
