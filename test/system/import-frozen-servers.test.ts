// Real servers that are suspended with their ports open: an import gives them up at its time limit,
// and other sources go on.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import type { ImportReport } from '../../src/supply/import/report.ts'
import { runCli, startCli } from '../fixtures/cli.ts'
import { drawJpeg } from '../fixtures/pictures.ts'
import { makeDirectory } from '../fixtures/process.ts'
import { startSlapd } from '../fixtures/slapd.ts'
import { connectionsOf, startSshd } from '../fixtures/sshd.ts'
import { waitUntil } from '../fixtures/wait-until.ts'

t.setTimeout(180_000)
t.jobs = 2

const picture = await drawJpeg({ width: 60, height: 60 })

/** A folder with a photo, and then the source. */
function configure(t: Test, source: string, timeLimit: string) {
  const home = makeDirectory(t)
  const [photos, drop] = [join(home, 'photos'), join(home, 'drop')]
  for (const folder of [photos, drop]) mkdirSync(folder)
  writeFileSync(join(drop, 'first@acme.example.jpg'), picture)
  const config = join(home, 'photogate.yaml')
  writeFileSync(
    config,
    `photos: { directory: photos }
supply: { timeLimit: ${timeLimit}, sources: [{ folder: drop }, { ${source} }] }\n`,
  )
  return {
    args: ['import', '--json', '--config', config],
    names: () => readdirSync(photos).filter(name => !name.startsWith('.')),
  }
}

const reportOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as ImportReport
const count = 400
const people = Array.from({ length: count }, (_, at) => ({
  cn: `Person ${at}`,
  mail: [`p${at}@acme.example`],
  // Each photo has different bytes.
  photo: Buffer.concat([picture, Buffer.from(String(at))]),
}))

const startDirectory = async (t: Test) => {
  const slapd = await startSlapd(t, { people })
  if (slapd === undefined) return undefined
  const source = `ldap: "${slapd.url}", base: "${slapd.base}", filter: "(objectClass=inetOrgPerson)"`
  return { freeze: slapd.freeze, source: `${source}, ${binding(t, slapd)}` }
}

function binding(t: Test, { reader, readerPassword }: { reader: string; readerPassword: string }) {
  const file = join(makeDirectory(t), 'pw')
  writeFileSync(file, readerPassword, { mode: 0o600 })
  return `bind: "${reader}", passwordFile: ${file}`
}

const startShell = async (t: Test) => {
  const sshd = await startSshd(t)
  if (sshd === undefined) return undefined
  for (const { mail, photo } of people) writeFileSync(join(sshd.folder, `${mail[0]}.jpg`), photo)
  const { user, port, folder, keyFile, knownHosts } = sshd.settings
  const freeze = () => {
    for (const pid of [sshd.pid, ...connectionsOf(sshd)]) {
      process.kill(pid, 'SIGSTOP')
      t.teardown(() => {
        try {
          process.kill(pid, 'SIGCONT')
        } catch {
          // It has gone with its connection.
        }
      })
    }
  }
  const url = `sftp://${user}@127.0.0.1:${port}${folder}`
  return { freeze, source: `sftp: "${url}", keyFile: ${keyFile}, knownHosts: ${knownHosts}` }
}

for (const [name, start] of Object.entries({ slapd: startDirectory, sshd: startShell })) {
  t.test(
    `${name} that is suspended before it is asked fails, and the photos of other sources come`,
    async t => {
      const server = await start(t)
      if (server === undefined) return
      const { args, names } = configure(t, server.source, '6s')
      server.freeze()
      const run = await runCli(t, args)
      t.equal(run.code, 1)
      t.match(reportOf(run).sources, [{ status: 'complete', photos: 1 }, { status: 'failed' }])
      t.match(JSON.stringify(reportOf(run).errors), /within 3 s|timed out|no answer/i)
      t.strictSame(names(), ['first@acme.example.jpg'])
    },
  )

  t.test(`${name} that is suspended during the import ends it at the time limit`, async t => {
    const server = await start(t)
    if (server === undefined) return
    const { args, names } = configure(t, server.source, '12s')
    const run = startCli(t, args)
    await waitUntil(() => names().length > 3, 60_000)
    server.freeze()
    t.match(await run.ended, { code: 1, signal: null })
    const report = JSON.parse(run.stdout()) as ImportReport
    t.match(JSON.stringify(report), /it has taken longer than supply\.timeLimit \(12 s\)/)
    t.ok(names().length < count, `${names().length} photos had come`)
    t.strictSame(report.removed, [])
  })
}
