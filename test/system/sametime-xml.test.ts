// The printed XML, read by libxml2, filled with every text that could break it.
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runCli } from '../fixtures/cli.ts'
import { jpeg } from '../fixtures/images.ts'
import { findProgram, makeDirectory } from '../fixtures/process.ts'

const hosts = [
  '--url',
  'https://xn--bcher-kva.acme.example',
  '--chat-url',
  'https://a--b.acme.example:8443',
]

for (const kind of ['stproxy', 'userinfo']) {
  for (const [title, args] of Object.entries({ 'with stand-ins': [], filled: hosts })) {
    t.test(`the snippet for ${kind} is well-formed, ${title}`, async t => {
      const program = findProgram(t, 'xmllint')
      if (program === undefined) return
      const home = makeDirectory(t)
      const file = join(home, 'photogate.yaml')
      writeFileSync(file, `photos: { directory: . }\nallow: [{ name: office, from: 192.0.2.1 }]\n`)
      writeFileSync(join(home, "a&b--c'd@acme.example.jpg"), jpeg)
      const { stdout } = await runCli(t, ['snippets', kind, '--config', file, ...args])
      // As in a configuration file: inside of an existing element.
      const input = `<configuration>${stdout}</configuration>`
      const { status, stderr } = spawnSync(program, ['--noout', '-'], { input, encoding: 'utf8' })
      t.match({ status, stderr }, { status: 0, stderr: '' })
    })
  }
}
