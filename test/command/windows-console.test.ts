// The end of the program on Windows, simulated on other systems: process.platform is set to win32.
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import type { Test } from 'tap'
import t from 'tap'
import { openLog } from '../../src/server/log.ts'
import { startServing } from '../fixtures/cli.ts'
import { ask } from '../fixtures/client.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

const asWindows = `data:text/javascript,${encodeURIComponent(
  "Object.defineProperty(process, 'platform', { value: 'win32' })",
)}`

async function start(t: Test, isWindows: boolean) {
  const home = openConfigHome(t)
  writeFileSync(home.file, 'allow: [{ name: here, from: 127.0.0.1 }]')
  const through = isWindows ? { through: ['env', `NODE_OPTIONS=--import=${asWindows}`] } : {}
  return startServing(t, ['--config', home.file], through)
}

t.test('on Windows, closing the console (SIGHUP in Node.js) ends the gate in order', async t => {
  const cli = await start(t, true)
  t.equal((await ask(cli.port, '/last@acme.example.jpg')).status, 404)
  cli.child.kill('SIGHUP')
  t.strictSame(await cli.ended, { code: 0, signal: null })
  const texts = cli.lines().map(({ msg }) => msg)
  t.ok(texts.includes('request'), 'the last request is in the log')
  t.strictSame(texts.slice(-2), ['stopping: requests under way are finished first', 'stopped'])
  t.notOk(
    texts.some(text => /\bappl(?:y|ied)\b/.test(String(text))),
    'nothing is reloaded',
  )
})

t.test('on other systems SIGHUP reloads the configuration, and the gate goes on', async t => {
  const cli = await start(t, false)
  cli.child.kill('SIGHUP')
  await waitUntil(() => cli.lines().some(({ msg }) => msg === 'configuration applied'))
  t.equal((await ask(cli.port, '/last@acme.example.jpg')).status, 404)
  cli.child.kill('SIGTERM')
  t.strictSame(await cli.ended, { code: 0, signal: null })
})

t.test(
  'on Windows a log line is held for 20 ms at most, because a parent may end the gate at once',
  async t => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    const file = join(t.testdir({}), 'log')
    const lineOf = (platform: NodeJS.Platform) => {
      const { logger } = openLog({ fd: openSync(file, 'a'), platform })
      logger.info(platform)
      // As long as a line may be held on Windows, and no longer.
      mock.timers.tick(20)
    }
    lineOf('linux')
    lineOf('win32')
    while (readFileSync(file, 'utf8') === '') await new Promise(setImmediate)
    t.match(readFileSync(file, 'utf8'), /^[^\n]*"msg":"win32"[^\n]*\n$/)
  },
)
