// What a newcomer sees: the demo, and the commands that its banner prints, run as printed.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findFreePort, findProgram, stopProgram } from '../fixtures/process.ts'
import { root } from '../fixtures/root.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

t.test('the commands of the banner do what it says of them', async t => {
  if (findProgram(t, 'curl') === undefined) return
  const port = await findFreePort()
  const child = spawn(process.execPath, ['deploy/demo/start.js', '--port', `${port}`], {
    cwd: root,
  })
  t.teardown(() => stopProgram(child))
  let banner = ''
  let log = ''
  child.stderr.on('data', chunk => {
    banner += chunk
  })
  child.stdout.on('data', chunk => {
    log += chunk
  })
  await waitUntil(() => banner.includes('Ctrl+C stops'), 60_000)
  const attempts = [...banner.matchAll(/# (.*)\n {2}(curl .*)/g)]
  t.equal(attempts.length, 4)
  t.ok(attempts.some(([, says]) => says?.includes('vouch for')))
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
  await waitUntil(() =>
    log.includes('"rule":"verified","token":{"format":"LtpaToken2","realm":"acme"'),
  )
  const [home = ''] = /\/\S*photogate-demo-\w+/.exec(log) ?? []
  t.equal(existsSync(join(home, 'demo.keys')), true)
  await stopProgram(child)
  t.equal(existsSync(home), false, 'the keys went with the demo')
})
