// What `npm run package` makes: the same bytes from the same commit, whole, and with the papers of all that is inside.
// Then the Debian package in a Debian of its own: test/fixtures/debian-install.ts.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { tryContainerImage } from '../fixtures/container-image.ts'
import { tryDebianPackage } from '../fixtures/debian-install.ts'
import { makePackages, version } from '../fixtures/packages.ts'
import { drawNoise } from '../fixtures/pictures.ts'
import { findProgram, makeDirectory } from '../fixtures/process.ts'
import { root } from '../fixtures/root.ts'

t.setTimeout(900_000)

interface Locked {
  readonly dev?: boolean
  /** Also what another system alone needs. */
  readonly optional?: boolean
  readonly version: string
}

interface BillOfMaterials {
  readonly serialNumber: string
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } }
  readonly components: readonly {
    readonly name: string
    readonly version: string
    readonly cpe?: string
  }[]
}

// A part of the admin page, though npm takes them for development's.
const bundled = ['htm', 'preact', 'uplot']

/** `name version` of what package-lock.json has, without what is for development alone. */
function lockedPackages(): { name: string; isOptional: boolean }[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>
  }
  return Object.entries(packages)
    .filter(([path, { dev }]) => path !== '' && (!dev || bundled.includes(path.slice(13))))
    .map(([path, { version, optional = false }]) => ({
      name: `${path.replace(/^.*node_modules\//, '')} ${version}`,
      isOptional: optional,
    }))
}

t.test('packages', async t => {
  for (const name of ['zip', 'dpkg-deb', 'mandoc']) if (findProgram(t, name) === undefined) return
  const made = makeDirectory(t)
  const again = makeDirectory(t)
  const [names] = await Promise.all([
    makePackages(made),
    makePackages(again, { umask: '077', env: { TZ: 'Asia/Kolkata', LC_ALL: 'C.UTF-8' } }),
  ])
  const linux = join(made, `photogate-${version}-linux-x64`)
  const windows = join(made, `photogate-${version}-win-x64`)
  const unpacked = makeDirectory(t)
  execFileSync('tar', ['-xzf', `${linux}.tar.gz`, '-C', unpacked])
  const home = join(unpacked, `photogate-${version}`)

  await t.test('another umask, time zone and language make the same bytes', async t => {
    const sums = readFileSync(join(made, 'SHA256SUMS'), 'utf8')
    t.equal(readFileSync(join(again, 'SHA256SUMS'), 'utf8'), sums)
    const checked = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: again })
    t.equal(checked.status, 0, String(checked.stdout))
    const named = sums.match(/(?<= {2})\S+/g)
    t.strictSame(
      named,
      names.filter(name => name !== 'SHA256SUMS'),
    )
    t.equal(named?.length, 5)
  })

  await t.test('the archive for Linux has one folder, owned by root', async t => {
    const list = execFileSync('tar', ['-tvzf', `${linux}.tar.gz`, '--numeric-owner'], {
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    })
    for (const line of list.trim().split('\n')) {
      if (!/^[-d]r[w-][x-]r-[x-]r-[x-] 0\/0 .* photogate-[\d.]+\//.test(line)) t.fail(line)
    }
    t.match(list, /-rwxr-xr-x .*\/bin\/photogate\n/)
    t.notMatch(list, /\.(?:map|d\.ts)$/m)
  })

  await t.test('the program runs through a link, without a Node.js around it', async t => {
    const link = join(unpacked, 'photogate')
    symlinkSync(join(home, 'bin/photogate'), link)
    const run = (...args: string[]) =>
      spawnSync('/usr/bin/env', ['-i', 'PATH=/usr/bin-only-of-readlink:/bin', link, ...args], {
        encoding: 'utf8',
        cwd: unpacked,
      })
    const { stdout, stderr } = run('--version', '--json')
    t.equal(stderr, '')
    const { node, runtime } = JSON.parse(stdout) as Record<string, string>
    t.match(node, /^24\./)
    t.equal(runtime, join(home, 'runtime/node'))
    t.equal(run('init').status, 0)
    t.match(run('check'), { status: 0, stdout: /is fine: 0 rules/ })
  })

  await t.test('an import prepares a picture with the sharp of the package', async t => {
    const site = join(unpacked, 'site')
    mkdirSync(join(site, 'drop'), { recursive: true })
    mkdirSync(join(site, 'photos'))
    // Far larger than Sametime takes.
    writeFileSync(join(site, 'drop/ann@acme.example.jpg'), await drawNoise(900))
    writeFileSync(
      join(site, 'photogate.yaml'),
      'allow: []\nsupply: { sources: [{ folder: drop }] }\n',
    )
    const { status, stdout, stderr } = spawnSync(join(home, 'bin/photogate'), ['import'], {
      cwd: site,
      encoding: 'utf8',
    })
    t.equal(status, 0, stdout + stderr)
    const photo = readFileSync(join(site, 'photos/ann@acme.example.jpg'))
    t.equal(photo.readUInt16BE(0), 0xff_d8)
    t.ok(photo.length < 45_000, `${photo.length} bytes`)
  })

  for (const [name, os] of [
    [linux, 'linux'],
    [windows, 'win32'],
  ] as const) {
    await t.test(`the papers for ${os} name each locked package, and Node.js`, async t => {
      const bill = JSON.parse(readFileSync(`${name}.cdx.json`, 'utf8')) as BillOfMaterials
      t.match(bill.metadata.component, { name: 'photogate', version })
      const node = bill.components.find(component => component.name === 'node')
      t.match(node?.cpe, /^cpe:2\.3:a:nodejs:node\.js:24\./)
      const listed = bill.components
        .filter(component => component !== node)
        .map(component => `${component.name} ${component.version}`)
        .toSorted()
      const locked = lockedPackages()
      for (const { name, isOptional } of locked) {
        if (!isOptional) t.ok(listed.includes(name), name)
      }
      const names = locked.map(each => each.name)
      t.strictSame(
        listed.filter(each => !names.includes(each)),
        [],
        'none that is not locked',
      )
      t.ok(listed.some(each => each.startsWith(`@img/sharp-${os}-x64 `)))
      const papers = partOf(name, 'THIRD-PARTY.txt')
      for (const each of listed) t.ok(papers.includes(`\n${each} (`), each)
      t.match(papers, /\nNode\.js 24\.[\d.]+\n=+\n\nNode\.js is licensed for use as follows/)
      t.match(papers, /GNU LESSER GENERAL PUBLIC LICENSE\nVersion 3/)
      t.match(papers, /"vips": "8\./)
    })
  }

  await t.test(
    'the archive for Windows has the binaries of Windows, and none of Linux',
    async t => {
      const list = execFileSync('unzip', ['-Z1', `${windows}.zip`], { encoding: 'utf8' })
      t.match(list, `photogate-${version}/runtime/node.exe\n`)
      t.match(list, /node_modules\/@img\/sharp-win32-x64\/lib\/libvips-[\d.-]+\.dll\n/)
      t.match(list, /node_modules\/@img\/sharp-win32-x64\/lib\/sharp-win32-x64.*\.node\n/)
      t.notMatch(list, /\.so(?:\.\d+)*\n|bin\/photogate\n/)
    },
  )

  await t.test('the manual page shows every verb, without a warning', async t => {
    const page = join(home, 'share/man/man1/photogate.1')
    t.match(spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', page], { encoding: 'utf8' }), {
      status: 0,
      stdout: '',
    })
    const shown = spawnSync('man', ['--warnings', '--local-file', page], { encoding: 'utf8' })
    t.match(shown, { status: 0, stderr: '' })
    const verbs = [
      ...readFileSync(join(home, 'share/bash-completion/completions/photogate'), 'utf8').matchAll(
        /^ {6}(\S.*)\) verb=/gm,
      ),
    ].flatMap(([, names = '']) => names.split('|'))
    t.ok(verbs.length > 20)
    for (const verb of verbs) {
      t.match(shown.stdout, new RegExp(`^ +photogate ${verb.replaceAll("'", '')}$`, 'm'), verb)
    }
  })

  await t.test('the service is shut in, also with a low port', async t => {
    const unit = readFileSync(join(root, 'deploy/systemd/photogate.service'), 'utf8')
    const folder = makeDirectory(t)
    const low = readFileSync(join(root, 'deploy/systemd/low-port.conf'), 'utf8')
    for (const [title, text] of [
      ['as it is', unit],
      [
        'low port',
        unit.replace('\n[Install]', `${low.replace(/^[\s\S]*\[Service\]\n/, '')}\n[Install]`),
      ],
    ] as const) {
      const file = join(folder, 'photogate.service')
      writeFileSync(file, text)
      const options = ['security', '--offline=true', '--threshold=20', '--no-pager', file]
      const { status, stdout } = spawnSync('systemd-analyze', options, { encoding: 'utf8' })
      t.equal(status, 0, `${title}: ${/→.*/.exec(stdout)?.[0]}`)
    }
  })

  await t.test('the Debian package', t =>
    tryDebianPackage(t, join(made, `photogate_${version}_amd64.deb`)),
  )

  await t.test('the container image', t => tryContainerImage(t, made, version))

  /** A file of the package for Linux or for Windows. */
  function partOf(name: string, file: string): string {
    if (name === linux) return readFileSync(join(home, file), 'utf8')
    const path = `photogate-${version}/${file}`
    return execFileSync('unzip', ['-p', `${name}.zip`, path], {
      encoding: 'utf8',
      maxBuffer: 16 * 1024 * 1024,
    })
  }
})
