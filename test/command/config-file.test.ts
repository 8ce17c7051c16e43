import { writeFileSync } from 'node:fs'
import t from 'tap'
import { findConfigFile } from '../../src/command/config-file.ts'

t.test('the file named, else photogate.yaml if it is there, else none', async t => {
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  process.chdir(t.testdir({}))
  t.equal(findConfigFile(undefined), undefined)
  t.equal(findConfigFile('gone.yaml'), 'gone.yaml', 'also when it is not there')
  writeFileSync('photogate.yaml', '')
  t.equal(findConfigFile(undefined), 'photogate.yaml')
  t.equal(findConfigFile('other.yaml'), 'other.yaml')
})
