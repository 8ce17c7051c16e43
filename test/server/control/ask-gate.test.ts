// Asking a gate: whatever answers, or does not, the verb ends in time and says which.
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { askGate, connectTo } from '../../../src/server/control/ask-gate.ts'
import { formatOutcome, parseAnswer } from '../../../src/server/control/control-message.ts'
import { makeDirectory } from '../../fixtures/process.ts'

async function ask(t: Test, answers: readonly (string | Buffer)[], isClosing = false) {
  const path = join(makeDirectory(t), 'gate.sock')
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.on('data', () => {
      for (const answer of answers) socket.write(answer)
      if (isClosing) socket.end()
    })
  })
  await new Promise<void>(resolve => server.listen(path, resolve))
  t.teardown(() => server.close())
  const gate = await connectTo({ path, pid: 42, owner: 0, isService: false })
  if (gate === undefined || gate === 'forbidden') throw new Error('not connected')
  return askGate(gate, 'reload', { heardMs: 300, outcomeMs: 300 })
}

const heard = '{"photogate":1,"heard":42}\n'
const applied = '{"photogate":1,"outcome":"applied","rules":["a"],"warnings":[]}\n'

t.test('nobody listens', async t => {
  const path = join(makeDirectory(t), 'none.sock')
  t.equal(await connectTo({ path, pid: 1, owner: 0, isService: false }), undefined)
})

t.test('what answers is told apart', async t => {
  const rows: readonly (readonly [title: string, answers: (string | Buffer)[], outcome: string])[] =
    [
      ['nothing', [], 'silent'],
      ['heard, and no more', [heard], 'under-way'],
      ['applied', [heard, applied], 'applied'],
      [
        'in pieces',
        [heard.slice(0, 9), heard.slice(9) + applied.slice(0, 20), applied.slice(20)],
        'applied',
      ],
      ['rubbish', ['HTTP/1.1 400 Bad Request\r\n\r\n'], 'misunderstood'],
      ['another version', [heard.replace('1', '2')], 'misunderstood'],
      ['heard again and again', [heard, heard], 'misunderstood'],
      ['applied, by nobody who has heard', [applied], 'misunderstood'],
      ['applied, by another process', [heard.replace('42', '43'), applied], 'misunderstood'],
      ['an unknown outcome', [heard, '{"photogate":1,"outcome":"constructor"}\n'], 'misunderstood'],
      [
        'an outcome without what it needs',
        [heard, '{"photogate":1,"outcome":"refused"}\n'],
        'misunderstood',
      ],
      [
        'texts that are none',
        [heard, '{"photogate":1,"outcome":"refused","problems":[1]}\n'],
        'misunderstood',
      ],
      ['10 MB', [heard, Buffer.alloc(10_000_000, 'x')], 'misunderstood'],
    ]
  for (const [title, answers, outcome] of rows) {
    const { answer, pid } = await ask(t, answers)
    t.equal(answer.outcome, outcome, title)
    if (outcome === 'applied') t.equal(pid, 42)
  }
  t.equal((await ask(t, [heard], true)).answer.outcome, 'gone')
})

t.test('an answer is bounded, and says how much it leaves out', async t => {
  const problems = Array.from({ length: 5_000 }, (_, at) => `${at} ${'x'.repeat(5_000)}`)
  const text = formatOutcome({ outcome: 'refused', problems })
  t.ok(Buffer.byteLength(text) < 256 * 1024)
  const answer = parseAnswer(text)
  const read = answer !== undefined && 'problems' in answer ? answer.problems : []
  t.equal(read.length, 101)
  t.equal(read.at(-1), 'and 4900 more')
  const rules = Array.from({ length: 5_000 }, (_, at) => `rule-${at}`)
  t.ok(formatOutcome({ outcome: 'applied', rules, warnings: problems }).length < 256 * 1024)
})
