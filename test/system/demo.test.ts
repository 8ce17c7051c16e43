// What a newcomer sees: the demo, and the three commands that its banner prints, run as printed.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findFreePort, findProgram, startProgram } from '../fixtures/process.ts'

const root = join(import.meta.dirname, '..', '..')

t.test('the commands of the banner do what it says of them', async t => {
  if (findProgram(t, 'curl') === undefined) return
  const port = await findFreePort()
  const command = [
    process.execPath,
    'dist/cli.js',
    'serve',
    '--config',
    'deploy/demo/photogate.yaml',
    '--port',
    `${port}`,
  ]
  await startProgram(t, command, { port, cwd: root })
  const banner = readFileSync(join(root, 'deploy/demo/banner.txt'), 'utf8')
  const url = `http://127.0.0.1:${port}`
  const attempts = [...banner.replaceAll('{url}', url).matchAll(/# (.*)\n {2}(curl .*)/g)]
  t.equal(attempts.length, 3)
  for (const [, says = '', line = ''] of attempts) {
    await t.test(says, async t => {
      const cwd = t.testdir({})
      writeFileSync(join(cwd, 'ada.jpg'), '')
      const { stdout, status } = spawnSync('sh', ['-c', line], { cwd, encoding: 'utf8' })
      t.equal(status, 0)
      const isAdmitted = says.startsWith('admitted')
      t.match(
        stdout,
        isAdmitted ? /^HTTP\/1\.1 200 OK\r\nContent-Type: image\/jpeg/ : /^HTTP\/1\.1 302 Found/,
      )
      const photo = readFileSync(join(root, 'deploy/demo/photos/ada.lovelace@acme.example.jpg'))
      t.same(readFileSync(join(cwd, 'ada.jpg')), isAdmitted ? photo : Buffer.alloc(0))
    })
  }
})
