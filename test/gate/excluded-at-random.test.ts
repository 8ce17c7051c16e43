// The photo of a person whom a rule excludes, while a folder is changed at random in every way that leaves the photo's
// owner known: links, other endings and capitals, other photos, swapped folders.
import { linkSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startGate } from '../fixtures/gate.ts'
import { jpegOf } from '../fixtures/images.ts'
import { seededBelow } from '../fixtures/random.ts'

const config = `allow:
  - { name: meeting, from: 127.0.0.1, photos: ["*", "!ceo@acme.example", "!*@board.bücher.example"] }
otherwise: { status: 403 }
`
const face = 'the face of the CEO'
const excluded = [
  'ceo@acme.example.jpg',
  'CHAIR@board.bücher.example.png',
  'x@board.xn--bcher-kva.example.jpg',
]
const others = ['joe', 'ann', 'kim', 'lee', 'sue', 'max'].map(name => `${name}@acme.example`)
const endings = ['.jpg', '.JPG', '.png', '.jpeg', '.Webp']
const rounds = 400

function fill(directory: string): void {
  mkdirSync(directory, { recursive: true })
  for (const [at, name] of excluded.entries())
    writeFileSync(join(directory, name), jpegOf(`${face} ${at}`))
  for (const address of others) writeFileSync(join(directory, `${address}.jpg`), jpegOf(address))
}

t.test('an excluded photo is never served, whatever happens to the folder meanwhile', async t => {
  const random = seededBelow(t)
  const oneOf = <T>(list: readonly T[]) => list[random(list.length)] as T
  const gate = await startGate(t, { config, photos: {}, prepare: fill })
  const { directory } = gate
  let count = 0
  const draft = () => join(directory, `.draft${count++}`)
  const nameOfOther = () => `${oneOf(others)}${oneOf(endings)}`

  const acts: Record<string, () => void> = {
    'links a face to another address': () => {
      const at = draft()
      linkSync(join(directory, oneOf(excluded)), at)
      renameSync(at, join(directory, nameOfOther()))
    },
    'gives a person a photo of their own': () => {
      const at = draft()
      const name = nameOfOther()
      writeFileSync(at, jpegOf(name))
      renameSync(at, join(directory, name))
    },
    'takes a photo away': () => rmSync(join(directory, nameOfOther()), { force: true }),
    // In place: a new file would leave the old photo under its other names, and nothing would show its owner.
    'gives an excluded person another photo': () =>
      writeFileSync(join(directory, oneOf(excluded)), jpegOf(`${face} ${count++}`)),
    'swaps the folder': () => {
      const next = `${directory}-${count++}`
      fill(next)
      for (const address of others.slice(0, random(others.length))) {
        rmSync(join(next, `${address}.jpg`))
        linkSync(join(next, oneOf(excluded)), join(next, `${address}.jpg`))
      }
      renameSync(directory, `${next}-old`)
      renameSync(next, directory)
    },
  }
  const names = Object.keys(acts)
  const seen = { 200: 0, 403: 0, 404: 0 } as Record<number, number>
  for (let round = 0; round < rounds; round++) {
    // Rare: a swap costs a scan, during which nobody is admitted.
    const act = random(40) === 0 ? 'swaps the folder' : oneOf(names.slice(0, -1))
    acts[act]?.()
    const asked = [...others, 'ceo@acme.example', 'chair@board.b%C3%BCcher.example']
    const answers = await Promise.all(asked.map(address => gate.ask(`/${address}.jpg`)))
    for (const [at, { status, body }] of answers.entries()) {
      seen[status] = (seen[status] ?? 0) + 1
      if (body.includes(face)) t.fail(`${asked[at]} shows the face after: ${act} (round ${round})`)
    }
    if (random(10) === 0) await new Promise(resolve => setTimeout(resolve, random(400)))
  }
  t.comment(JSON.stringify(seen))
  t.ok((seen[200] ?? 0) > 0, 'other photos were served')
  t.ok((seen[403] ?? 0) > 0, 'excluded photos were refused')
})
