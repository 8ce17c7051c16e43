import t from 'tap'
import { buildImportProgress } from '../../src/command/import-progress.ts'

t.test('on a terminal, progress is one line that is overwritten at intervals', async t => {
  let nowMs = 0
  const writes: string[] = []
  const terminal = { write: (text: string) => writes.push(text) }
  const view = buildImportProgress({ terminal, note: t.fail, now: () => nowMs })
  view.show({ stage: 'ldap', done: 1, total: undefined })
  view.show({ stage: 'ldap', done: 2, total: undefined })
  nowMs = 150
  view.show({ stage: 'ldap', done: 2_000, total: undefined })
  view.show({ stage: 'photos', done: 0, total: 2_000 })
  nowMs = 2_150
  view.show({ stage: 'photos', done: 500, total: 2_000 })
  view.clear()
  view.clear()
  t.strictSame(writes, [
    '\r\x1b[Kldap: 1 person',
    '\r\x1b[Kldap: 2,000 people',
    `\r\x1b[Kphotos ${'░'.repeat(24)} 0 of 2,000`,
    `\r\x1b[Kphotos ${'█'.repeat(6)}${'░'.repeat(18)} 500 of 2,000, 0:06 left`,
    '\r\x1b[K',
  ])
})

t.test('elsewhere, progress is a line every ten seconds, and none for a quick import', async t => {
  let nowMs = 0
  const notes: string[] = []
  const view = buildImportProgress({
    terminal: undefined,
    note: text => notes.push(text),
    now: () => nowMs,
  })
  for (nowMs = 0; nowMs <= 25_000; nowMs += 500) {
    view.show({ stage: 'photos', done: nowMs / 100, total: 1_000 })
  }
  view.show({ stage: 'other', done: 1, total: 1 })
  view.clear()
  t.strictSame(
    notes.map(text => text.replace(/[█░]+ /, '')),
    ['photos 100 of 1,000, 1:30 left', 'photos 200 of 1,000, 1:20 left'],
  )
})
