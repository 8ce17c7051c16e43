// Files that are read while a program writes them: valid when empty, and perhaps when cut at a line end.
import { appendFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { good, openWatch } from '../fixtures/config-watch.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const changed = /^the configuration has changed; it is applied after/

t.test('a half-written configuration is never applied', async t => {
  const whole = `allow:
  - name: boss
    from: 10.0.0.0/8
    photos: ["*@acme.example"]
  - name: office
    from: 10.0.0.0/8
    photos:
      - "*@acme.example"
      - "!ceo@acme.example"
`
  const rows: [string, (file: string) => void, string][] = [
    ['cut in a rule', file => writeFileSync(file, whole.slice(0, 40)), whole.slice(40)],
    ['cut before an exclusion', file => writeFileSync(file, whole.slice(0, -28)), whole.slice(-28)],
    ['emptied, then written', file => truncateSync(file), whole],
  ]
  for (const [what, begin, rest] of rows) {
    t.test(what, async t => {
      const { watch, file, applied, hasLine, runUntil, standStill } = openWatch(t)
      await watch.ready
      begin(file)
      await waitUntil(() => hasLine(changed), 10_000)
      await standStill()
      t.strictSame(applied, [])
      appendFileSync(file, rest)
      await runUntil(() => applied.length > 0)
      t.strictSame(applied, ['boss office'])
    })
  }
  t.test('a signal does not apply it either', async t => {
    const { file, watch, applied, state, runUntil, standStill } = openWatch(t)
    truncateSync(file)
    watch.reload()
    await watch.ready
    state.ms += 500
    await standStill()
    t.strictSame(applied, [], 'an empty one is not applied at once')
    writeFileSync(file, whole)
    await runUntil(() => applied.length > 0)
    t.strictSame(applied, ['boss office'])
  })
  t.test('a file that is written to without end is logged', async t => {
    const { file, applied, state, hasLine } = openWatch(t)
    let round = 0
    await waitUntil(() => {
      writeFileSync(file, good(`n${round++}`))
      state.ms += 90
      return hasLine(/^the configuration is still being written to; the old one stays/)
    }, 30_000)
    t.strictSame(applied, [])
  })
})

t.test('without a signal, a document without a rule is never applied', async t => {
  const rows: [string, string, RegExp][] = [
    ['empty', '', /it has no rule; the old one stays.*SIGHUP/],
    ['a comment', '# nothing\n', /it has no rule/],
    ['an empty list', 'allow: []\n', /it has no rule/],
    ['everything but the rules', 'photos: { maxAge: 5m }\n', /it has no rule/],
  ]
  for (const [what, text, expected] of rows) {
    t.test(what, async t => {
      const { write, watch, applied, hasLine, runUntil } = openWatch(t)
      await watch.ready
      write(text)
      await runUntil(() => hasLine(expected))
      t.strictSame(applied, [])
      watch.reload()
      await runUntil(() => applied.length > 0)
      t.strictSame(applied, [''], 'on a signal it is applied: everybody is turned away')
      t.ok(hasLine(/has no rules: every request is turned away/))
    })
  }
})

t.test('without a signal, a network file that has become empty is never applied', async t => {
  const text = 'networks: { b: { file: b.txt } }\nallow: [{ name: a, from: b }]'
  const files = { 'b.txt': '10.0.0.0/8\n' }
  const { home, watch, applied, hasLine, runUntil, write } = openWatch(t, {
    text,
    files,
  })
  await watch.ready
  writeFileSync(join(home.directory, 'b.txt'), '# one\n')
  await runUntil(() => hasLine(/networks\.b\.file .* lists no network; the old one stays/))
  t.strictSame(applied, [])
  watch.reload()
  await runUntil(() => applied.length > 0)
  write(text.replace('name: a', 'name: other'))
  await runUntil(() => applied.length > 1)
  t.strictSame(applied, ['a', 'other'], 'a file that was empty before does not matter')
})

t.test('without a signal, a group file that has become empty is never applied', async t => {
  const files = { 'b.txt': 'ann@acme.example\n' }
  const groups = 'groups: { b: { file: b.txt } }\n'
  const rule = (photos: string) => `allow: [{ name: a, from: 10.0.0.0/8, photos: ${photos} }]`
  t.test('a group of a rule that opens photos is applied on a signal', async t => {
    const text = groups + rule('{ group: b }')
    const { home, watch, applied, hasLine, runUntil } = openWatch(t, { text, files })
    await watch.ready
    writeFileSync(join(home.directory, 'b.txt'), '')
    await runUntil(() => hasLine(/groups\.b\.file .* lists nobody; the old one stays/))
    t.strictSame(applied, [])
    watch.reload()
    await runUntil(() => applied.length > 0)
    t.strictSame(applied, ['a'])
  })
  t.test('a group of a rule that hides people is not applied even on a signal', async t => {
    const text = groups + rule('["*", { notGroup: b }]')
    const { home, watch, applied, count, runUntil } = openWatch(t, { text, files })
    const refused = /has problems; the old one stays/
    await watch.ready
    writeFileSync(join(home.directory, 'b.txt'), '')
    await runUntil(() => count(refused) === 1)
    watch.reload()
    await runUntil(() => count(refused) === 2)
    t.strictSame(applied, [])
    writeFileSync(join(home.directory, 'b.txt'), 'bob@acme.example\n')
    await runUntil(() => applied.length > 0)
    t.strictSame(applied, ['a'])
  })
})
