// Passwords in URLs, and in texts that should be URLs, are never printed.
import t from 'tap'
import { withoutPassword } from '../../src/text/without-password.ts'

for (const [text, shown] of [
  ['https//admin:s3cretpw@chat.acme.example', 'https//…@chat.acme.example'],
  ['ht!tp://user:s3cret/pw@h/x', '…@h/x'],
  ['https://user:s3cret@host', 'https://…@host'],
  ['https://user:s3c#r@e?t@host/x', 'https://…@host/x'],
  ['user:s3 cret@host', '…@host'],
  ['https://host:8080/x', 'https://host:8080/x'],
  ['/joe@acme.example.jpg', '/joe@acme.example.jpg'],
  ['', ''],
] as const) {
  t.test(`"${text}" is shown as "${shown}"`, async t => {
    t.equal(withoutPassword(text), shown)
    t.notMatch(withoutPassword(text), /s3c/)
  })
}
