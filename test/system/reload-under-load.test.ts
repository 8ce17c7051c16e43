// The whole program under change: 50 clients, photos replaced by renaming and by writing in place, a
// SIGHUP every 200 ms. No request fails and no image is torn.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { jpegOf } from '../fixtures/images.ts'
import { findFreePort, startProgram, stopProgram } from '../fixtures/process.ts'
import { root } from '../fixtures/root.ts'

const people = Array.from({ length: 20 }, (_, at) => `p${at}@acme.example`)
// A loaded machine needs more time.
const maxRunMs = 90_000
const wanted = { answers: 1_000, reloads: 5, version: 2 }

// A version is recognised by all of its bytes. Sizes differ, so that a torn one is detected.
const versionOf = (person: string, version: number) =>
  jpegOf(`${person} ${version};`, 2_000 + ((version * 7_919) % 30_000))

t.test('nothing fails while photos and configuration change', async t => {
  const home = t.testdir({ 'branches.txt': '127.0.0.0/30\n' })
  const photos = join(home, 'photos')
  mkdirSync(photos)
  for (const person of people) writeFileSync(join(photos, `${person}.jpg`), versionOf(person, 0))
  const config = join(home, 'photogate.yaml')
  const write = (generation: number) =>
    writeFileSync(
      config,
      `networks: { branches: { file: branches.txt } }
allow:
  - { name: generation-${generation}, from: [branches] }
`,
    )
  write(0)
  const port = await findFreePort()
  const command = ['dist/cli.js', 'serve', '--config', config, '--port', `${port}`]
  const child = await startProgram(t, [process.execPath, ...command], { port, cwd: root })
  const lines: string[] = []
  child.stdout?.on('data', chunk => lines.push(String(chunk)))

  const written = new Map(people.map(person => [person, 1]))
  const failures: string[] = []
  let answers = 0
  let newest = 0
  let isOver = false

  const agent = new Agent({ keepAlive: true, maxSockets: 50 })
  const fetchPhoto = (person: string) =>
    new Promise<{ status: number; body: Buffer }>((resolve, reject) => {
      const asking = request(
        { host: '127.0.0.1', port, agent, path: `/${person}.jpg` },
        response => {
          const chunks: Buffer[] = []
          response.on('data', chunk => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }),
          )
        },
      )
      asking.on('error', reject)
      asking.end()
    })
  const isWhole = (person: string, body: Buffer) => {
    const version = Number(/ (\d+);/.exec(body.toString('latin1', 0, 60))?.[1] ?? -1)
    newest = Math.max(newest, version)
    return version < (written.get(person) ?? 0) && body.equals(versionOf(person, version))
  }
  const client = async (number: number) => {
    for (let turn = number; !isOver; turn++) {
      const person = people[turn % people.length] as string
      try {
        const { status, body } = await fetchPhoto(person)
        answers++
        if (status !== 200) failures.push(`${person}: ${status}`)
        else if (!isWhole(person, body)) failures.push(`${person}: torn, ${body.length} bytes`)
      } catch (error) {
        failures.push(`${person}: ${(error as Error).message}`)
      }
    }
  }
  const replace = async () => {
    for (let turn = 0; !isOver; turn++) {
      const person = people[turn % people.length] as string
      const version = written.get(person) as number
      written.set(person, version + 1)
      const bytes = versionOf(person, version)
      const file = join(photos, `${person}.jpg`)
      if (turn % 2 === 0) {
        writeFileSync(join(photos, '.next'), bytes)
        renameSync(join(photos, '.next'), file)
      } else {
        writeFileSync(file, bytes) // Truncates first: for a moment the file is empty.
      }
      await delay(5)
    }
  }
  const reload = async () => {
    for (let generation = 1; !isOver; generation++) {
      write(generation % 3 === 0 ? Number.NaN : generation)
      child.kill('SIGHUP')
      await delay(200)
    }
  }

  const clients = Array.from({ length: 50 }, (_, number) => client(number))
  const changes = [replace(), reload()]
  const reloads = () => (lines.join('').match(/configuration applied/g) ?? []).length
  const isEnough = () =>
    answers > wanted.answers && newest > wanted.version && reloads() > wanted.reloads
  const untilMs = performance.now() + maxRunMs
  while (!isEnough() && performance.now() < untilMs) await delay(200)
  isOver = true
  await Promise.all([...clients, ...changes])
  agent.destroy()
  await stopProgram(child)

  t.strictSame(failures.slice(0, 5), [])
  t.ok(answers > wanted.answers, `${answers} answers`)
  const log = lines.join('')
  t.ok(reloads() > wanted.reloads, 'reloads were applied')
  t.equal(log.match(/"msg":"request"/g)?.length, answers, 'one line per request')
  t.ok(newest > wanted.version, `version ${newest} was served`)
})
