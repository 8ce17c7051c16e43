import t from 'tap'
import { exitCodes, GateError } from '../src/error.ts'

t.test('every coded error has its exit code and message', async t => {
  const rows = [
    ['GATE_USAGE', 2],
    ['GATE_LISTEN', 70],
    ['GATE_CONFIG', 78],
    ['GATE_KEYS', 78],
  ] as const
  for (const [code, exitCode] of rows) {
    await t.test(code, async t => {
      const cause = new Error('why')
      const error = new GateError(code, 'what to do', { cause })
      t.match(error, { name: 'GateError', code, exitCode, message: 'what to do', cause })
    })
  }
})

t.test('the exit codes equal those of the README', async t => {
  t.strictSame(exitCodes, { fine: 0, findings: 1, usage: 2, config: 78, other: 70 })
})
