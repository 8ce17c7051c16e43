import type { ServerResponse } from 'node:http'
import t from 'tap'
import type { Answer } from '../../src/gate/answer.ts'
import { healthy, notFound, page } from '../../src/gate/answer.ts'
import { buildWriteBatch } from '../../src/gate/write-batch.ts'

// A fake of Node's response: these tests check only whether and when an answer is sent.
function fakeResponse(writeHead: () => void = () => {}) {
  const bodies: unknown[] = []
  const response = {
    destroyed: false,
    writeHead,
    end: (body: unknown) => bodies.push(body),
    destroy: () => {
      response.destroyed = true
    },
  }
  return { response: response as unknown as ServerResponse, state: response, bodies }
}

function open() {
  const faults: unknown[] = []
  return { writeBatch: buildWriteBatch(error => faults.push(error)), faults }
}

const nextTurn = () => new Promise(resolve => setImmediate(resolve))

t.test('answers are collected, and sent together before the next input', async t => {
  const { writeBatch, faults } = open()
  const sent: Answer[] = []
  for (const answer of [healthy, notFound, page]) {
    const { response } = fakeResponse(() => sent.push(answer))
    writeBatch.put(response, answer)
    await Promise.resolve()
    t.strictSame(sent, [])
  }
  await nextTurn()
  t.strictSame(sent, [healthy, notFound, page])
  await nextTurn()
  t.equal(sent.length, 3, 'each once')
  t.strictSame(faults, [])
})

t.test('a flush sends waiting answers at once, and once', async t => {
  const { writeBatch } = open()
  const { response, bodies } = fakeResponse()
  writeBatch.put(response, healthy)
  writeBatch.flush()
  t.strictSame(bodies, [healthy.body])
  writeBatch.flush()
  await nextTurn()
  t.equal(bodies.length, 1)
})

t.test('a client that is gone is sent nothing', async t => {
  const { writeBatch, faults } = open()
  const { response, state, bodies } = fakeResponse()
  writeBatch.put(response, healthy)
  state.destroyed = true
  await nextTurn()
  t.strictSame(bodies, [])
  t.strictSame(faults, [])
})

t.test('an answer that cannot be sent cuts its own connection and delays no other', async t => {
  const { writeBatch, faults } = open()
  const broken = fakeResponse(() => {
    throw new Error('no such header')
  })
  const sound = fakeResponse()
  writeBatch.put(broken.response, healthy)
  writeBatch.put(sound.response, healthy)
  await nextTurn()
  t.match(faults, [{ message: 'no such header' }])
  t.ok(broken.state.destroyed)
  t.strictSame(sound.bodies, [healthy.body])
})
