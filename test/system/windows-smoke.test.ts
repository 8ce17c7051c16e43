// The program in Windows' own Node.js under Wine, and the commands of the package for Windows: install.cmd in a folder with
// a blank and an ampersand. Wine's schtasks and icacls take the task and the rights, but neither starts nor checks anything.
import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { findFreePort, findProgram, makeDirectory } from '../fixtures/process.ts'
import { root } from '../fixtures/root.ts'
import { findWindowsNode } from '../fixtures/windows-node.ts'

// Two minutes for Wine's setup and for all rows.
t.setTimeout(180_000)
const limitMs = 150_000

t.test('the program works on Windows', async t => {
  if (findProgram(t, 'wine') === undefined) return
  const nodeExe = findWindowsNode()
  const home = makeDirectory(t)
  const prefix = join(home, 'prefix')
  const env = {
    ...process.env,
    ...{ WINEPREFIX: prefix, WINEARCH: 'win64', WINEDEBUG: '-all', DISPLAY: '' },
    ...{ NODE_SKIP_PLATFORM_CHECK: '1' },
  }
  // Ends what runs in this prefix alone.
  t.teardown(() => spawnSync('wineserver', ['-k'], { env }))
  const wine = (args: string[], cwd = home) => runQuietly('wine', args, { env, home, cwd })
  t.equal(await runQuietly('wineboot', ['-i'], { env, home }), 0, 'Wine is set up')
  // Its task scheduler starts only with the second start.
  await runQuietly('wineserver', ['-k', '-w'], { env, home })

  const site = join(prefix, 'drive_c', 'Foto Gate')
  const photos = join(site, 'Fotos für alle')
  mkdirSync(photos, { recursive: true })
  const demo = join(root, 'deploy/demo/photos')
  for (const name of readdirSync(demo).filter(name => name.endsWith('.jpg')))
    copyFileSync(join(demo, name), join(photos, name))
  const port = await findFreePort()
  writeFileSync(
    join(site, 'photogate.yaml'),
    [
      `listen: [{ host: 127.0.0.1, port: ${port} }]`,
      'proxies: [127.0.0.1]',
      'photos:',
      '  directory: C:\\Foto Gate\\Fotos für alle',
      'allow:',
      '  - { name: offices, from: [10.0.0.0/8] }',
      '',
    ].join('\r\n'),
  )
  const report = join(home, 'report.txt')
  await wine([
    ...[nodeExe, windowsPath(join(root, 'build/test/fixtures/windows-smoke.js'))],
    windowsPath(join(root, 'dist/cli.js')),
    'C:\\Foto Gate\\photogate.yaml',
    'C:\\Foto Gate\\Fotos für alle',
    ...[windowsPath(report), String(port)],
  ])
  t.ok(
    existsSync(report),
    existsSync(report) ? 'all rows ran' : readFileSync(join(home, 'log'), 'utf8'),
  )
  if (!existsSync(report)) return
  const rows = readFileSync(report, 'utf8').trim().split('\n')
  for (const row of rows) t.match(row, /^ok /, row)
  t.equal(rows.length, 26)
  await t.test('install.cmd and uninstall.cmd', t => installAsTask(t, { nodeExe, prefix, wine }))
})

interface WinePlace {
  readonly nodeExe: string
  /** Wine's folder with drive_c. */
  readonly prefix: string
  readonly wine: (args: string[], cwd?: string) => Promise<number | null>
}

async function installAsTask(t: Test, { nodeExe, prefix, wine }: WinePlace): Promise<void> {
  const folder = join(prefix, 'drive_c', 'Photo Gate & Co')
  mkdirSync(join(folder, 'runtime'), { recursive: true })
  copyFileSync(nodeExe, join(folder, 'runtime/node.exe'))
  for (const name of ['dist', 'deploy', 'node_modules', 'package.json'])
    symlinkSync(join(root, name), join(folder, name))
  for (const name of ['photogate.cmd', 'install.cmd', 'uninstall.cmd']) {
    const text = readFileSync(join(root, 'deploy/windows', name), 'utf8')
    writeFileSync(join(folder, name), text.replaceAll('\n', '\r\n'))
  }
  const data = join(prefix, 'drive_c/ProgramData/photogate')
  const printed = () => readFileSync(join(prefix, '../log'), 'utf8').slice(-2_000)
  const cmd = (name: string, ...args: string[]) => wine(['cmd', '/c', name, ...args], folder)
  t.equal(await cmd('photogate.cmd', 'chek'), 2, 'photogate.cmd hands on the exit code')
  t.equal(await cmd('uninstall.cmd'), 1, 'there is nothing to take away')
  t.equal(await cmd('install.cmd'), 0, printed())
  const config = join(data, 'photogate.yaml')
  const { settings, problems } = loadConfig({ env: {}, file: config })
  t.strictSame(problems, [])
  t.equal(settings?.policy.rules.length, 0, 'nobody is admitted yet')
  t.equal(settings?.log.file, join(data, 'log/photogate.log'))
  const task = readFileSync(join(data, 'task.xml')).toString('utf16le')
  t.match(task, /^\ufeff<\?xml version="1\.0" encoding="UTF-16"\?>\r\n/)
  t.match(task, '<Command>C:\\Photo Gate &amp; Co\\runtime\\node.exe</Command>')
  t.match(
    task,
    '&quot;C:\\Photo Gate &amp; Co\\dist\\cli.js&quot; serve --config &quot;C:\\ProgramData\\photogate\\photogate.yaml&quot;',
  )
  t.match(task, '<UserId>S-1-5-19</UserId>')
  writeFileSync(config, readFileSync(config, 'utf8').replace('allow: []', 'allow: ['))
  t.equal(await cmd('install.cmd'), 1, 'a configuration with a mistake is no task')
  const mended = readFileSync(config, 'utf8').replace('allow: [', 'allow: [] # mine')
  writeFileSync(config, mended)
  t.equal(await cmd('install.cmd'), 0, 'once more, as after an upgrade')
  t.equal(readFileSync(config, 'utf8'), mended, 'the configuration stays')
  t.equal(await cmd('uninstall.cmd'), 0)
  t.equal(readFileSync(config, 'utf8'), mended)
}

function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`
}

/** The output goes to a file, because a pipe fails under Wine. */
async function runQuietly(
  command: string,
  args: readonly string[],
  { env, home, cwd = home }: { env: NodeJS.ProcessEnv; home: string; cwd?: string },
): Promise<number | null> {
  const output = openSync(join(home, 'log'), 'a')
  // tap would put its own options into the environment, with paths that do not exist on Windows.
  const words = ['-u', 'NODE_OPTIONS', command, ...args]
  const child = spawn('env', words, {
    cwd,
    env,
    stdio: ['ignore', output, output],
    timeout: limitMs,
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  })
}
