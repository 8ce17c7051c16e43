import t from 'tap'
import { schema } from '../../src/command/schema.ts'
import { captureOutput } from '../fixtures/output.ts'

t.test('the schema is valid JSON and knows every key of the configuration', async t => {
  const output = captureOutput()
  t.equal(schema(output), 0)
  const printed = JSON.parse(output.printed())
  t.equal(printed.$schema, 'https://json-schema.org/draft/2020-12/schema')
  t.equal(printed.type, 'object')
  t.equal(printed.additionalProperties, false)
  t.strictSame(Object.keys(printed.properties), [
    'listen',
    'proxies',
    'clientHeader',
    'timeouts',
    'networks',
    'photos',
    'ltpa',
    'allow',
    'otherwise',
    'supply',
  ])
  t.equal(output.noted(), '')
})
