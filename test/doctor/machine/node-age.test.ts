import t from 'tap'
import { checkNodeAge } from '../../../src/doctor/machine/node-age.ts'

t.test('a Node.js past its end of life is a finding, a maintained one is fine', async t => {
  for (const version of ['18.20.0', '20.20.2', '21.0.0']) {
    t.match(checkNodeAge(version), {
      findings: [{ code: 'node-age', effect: 'weakens' }],
      fine: [],
    })
  }
  for (const version of ['22.1.0', '24.22.3', '26.0.0']) {
    t.match(checkNodeAge(version), { findings: [], fine: [/gets security fixes/] })
  }
})
