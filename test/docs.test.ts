// The pages keep their promises: links lead somewhere, commands exist, examples load, and the output that they show is
// the output that the program prints.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import t from 'tap'
import { buildProgram } from '../src/command/program.ts'
import { snippets } from '../src/command/snippets.ts'
import { loadConfig } from '../src/config/load.ts'
import { formatReport } from '../src/supply/import/report.ts'
import { chartFile, drawChart } from './bench/chart.ts'
import { captureOutput } from './fixtures/output.ts'
import { findUsageError } from './fixtures/program.ts'
import { root } from './fixtures/root.ts'

const pages = ['.', 'deploy']
  .flatMap(folder =>
    readdirSync(join(root, folder), { recursive: folder !== '.', encoding: 'utf8' }).map(name =>
      join(folder, name),
    ),
  )
  .filter(name => name.endsWith('.md'))
  .map(name => ({ name: name.split(sep).join('/'), text: readFileSync(join(root, name), 'utf8') }))
  .toSorted((a, b) => (a.name < b.name ? -1 : 1))
const textOf = (name: string) => pages.find(page => page.name === name)?.text ?? ''

t.test('all pages exist, and the README is short', async t => {
  const docs = ['configuration', 'sign-on', 'http', 'replay', 'operations', 'scripting']
  for (const name of [...docs, 'troubleshooting', 'benchmarks', 'ltpa']) {
    t.ok(textOf(`deploy/docs/${name}.md`), name)
  }
  for (const name of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']) {
    t.ok(textOf(name), name)
  }
  t.ok(readFileSync(join(root, 'README.md')).length <= 12 * 1024)
})

for (const { name, text } of pages) {
  t.test(`${name} names only files that are there`, async t => {
    const links = [...withoutCode(text).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(
      ([, to = '']) => to,
    )
    for (const link of links.filter(to => !/^https?:/.test(to))) {
      t.ok(existsSync(join(root, dirname(name), link)), link)
    }
    for (const [file] of text.matchAll(
      /\b(?:src|test|deploy)\/[\w./-]+\.(?:ts|md|sh|yaml|svg)\b/g,
    )) {
      t.ok(existsSync(join(root, file)), file)
    }
    t.ok(text.startsWith('# '), 'a title')
  })

  t.test(`each command of ${name} is one that the program knows`, async t => {
    for (const line of commandsOf(text)) {
      const message = findUsageError(line) ?? ''
      // A text may name a verb without its arguments.
      t.match(message, /^$|^error: (?:missing required argument|required option)|outputHelp/, line)
    }
  })
}

t.test('CONTRIBUTING names only files that are in the rooms', async t => {
  const [, rooms = ''] =
    /## The rooms\n([\s\S]*?)\nA room imports/.exec(textOf('CONTRIBUTING.md')) ?? []
  const lines = rooms.split('\n').filter(line => line.startsWith('- '))
  t.equal(lines.length, readdirSync(join(root, 'src')).length, 'one line for each room')
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map(file =>
    file.split(sep).join('/'),
  )
  for (const line of lines) {
    const names = [...line.matchAll(/`([a-z][\w/-]*)`/g)].map(([, name = '']) => name)
    for (const name of names.filter(each => !each.endsWith('/') && each !== 'serve')) {
      t.ok(
        files.some(file => `/${file}`.endsWith(`/${name}.ts`)),
        name,
      )
    }
  }
})

t.test('each page of the reference and the guides is linked from the README', async t => {
  const found = new Set<string>()
  const open = ['README.md']
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    found.add(name)
    for (const [, to = ''] of textOf(name).matchAll(/\]\(([^)#\s]+\.md)/g)) {
      if (!/^https?:/.test(to))
        open.push(
          relative(root, join(root, dirname(name), to))
            .split(sep)
            .join('/'),
        )
    }
  }
  t.strictSame(
    pages.map(({ name }) => name).filter(name => !found.has(name)),
    [],
  )
})

t.test('every configuration on a page is valid, except for missing files', async t => {
  const examples = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml = '']) => ({ name, yaml })),
  )
  t.ok(examples.length >= 4)
  for (const { name, yaml } of examples) {
    await t.test(`${name}: ${yaml.split('\n')[0]}`, async t => {
      const directory = t.testdir({ photos: {}, 'branches.txt': '203.0.113.0/24 # Pune\n' })
      const file = join(directory, 'photogate.yaml')
      writeFileSync(file, yaml)
      const { problems } = loadConfig({ env: {}, file, looksAtSources: false })
      const others = problems.filter(({ message }) => !/is not there$/.test(message))
      t.strictSame(others, [])
    })
  }
})

t.test('the configuration of the README has the rules that its text describes', async t => {
  const directory = t.testdir({ photos: {}, 'branches.txt': '203.0.113.0/24\n' })
  const [, yaml = ''] = /```yaml\n(listen:[\s\S]*?)```/.exec(textOf('README.md')) ?? []
  writeFileSync(join(directory, 'photogate.yaml'), yaml)
  const { settings } = loadConfig({ env: {}, file: join(directory, 'photogate.yaml') })
  t.strictSame(
    settings?.policy.rules.map(({ name }) => name),
    ['sametime-proxy', 'offices', 'signed-in', 'meeting'],
  )
})

t.test('the README lists every verb', async t => {
  const [, list = ''] = /Every command has `--help`: (.*)\./.exec(textOf('README.md')) ?? []
  const verbs = [...list.matchAll(/`([^`]+)`/g)].map(([, verb]) => verb)
  const known = buildProgram('0').commands.map(command => command.name())
  t.strictSame(verbs.toSorted(), known.toSorted())
})

t.test('the virtual host for IHS equals the printed snippet', async t => {
  const directory = t.testdir({ photos: {}, 'photogate.yaml': 'proxies: [127.0.0.1]' })
  const config = join(directory, 'photogate.yaml')
  const output = captureOutput()
  t.equal(snippets('ihs', { config, url: 'http://photos.acme.example' }, output), 0)
  const printed = output
    .printed()
    .replace(/^#.*\n/gm, '')
    .trim()
  const [, shown = ''] = /```apache\n([\s\S]*?)```/.exec(textOf('deploy/ihs/README.md')) ?? []
  t.equal(shown.trim(), printed)
})

t.test('the import report on the page equals a printed one', async t => {
  const names = (count: number) => Array.from({ length: count }, (_, at) => `p${at}@acme.example`)
  const source = (title: string, people: number, photos: number) => ({
    ...{ source: title, status: 'complete' as const, people, photos, troubles: [] },
    ...{ ignored: 0, ignoredNames: [] },
  })
  const kim = 'kim.lee@acme.example'
  const printed = formatReport({
    ...{ dryRun: false, errors: [], known: [], removalsHeld: undefined, fine: false, replaced: [] },
    sources: [source('folder drop', 13, 13), source('ldap ldaps://ad.acme.example', 2_114, 1_987)],
    ...{ added: names(21), changed: names(4), unchanged: 2_230, leftAlone: 0 },
    quarantined: [
      {
        ...{ source: 'folder drop', key: 'Kim.Lee@acme.example.jpg', addresses: [kim] },
        ...{ reason: 'is an image that ends too early', known: false },
      },
    ],
    toBeRemoved: names(3).map(address => ({ address, at: '2026-12-02T02:15:00.000Z' })),
    ...{ removed: names(1), withoutPhoto: names(118) },
  })
  const [, shown] =
    /\$ photogate import --config photogate.yaml\n([\s\S]*?)\n```/.exec(
      textOf('deploy/supply/README.md'),
    ) ?? []
  t.equal(shown, printed)
})

t.test('the benchmark chart shows the figures of the table', async t => {
  t.equal(readFileSync(chartFile, 'utf8'), drawChart())
})

function withoutCode(text: string): string {
  return text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '')
}

/** Lines of code blocks that call the program, and whole commands in the text. */
function* commandsOf(text: string): Generator<string> {
  const blocks = [...text.matchAll(/```(?:sh|console|cron)\n([\s\S]*?)```/g)].map(
    ([, block = '']) => block.replace(/\\\n\s*/g, ' '),
  )
  const lines = blocks.flatMap(block => block.split('\n'))
  const inline = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code = '']) => code,
  )
  for (const line of [...lines, ...inline]) {
    const [, command] =
      /^(?:.*&& |\$ )?(?:photogate|node dist\/cli\.js) ([a-z].*)$/.exec(line) ?? []
    // `KIND`, `NAME` and `…` are placeholders that the reader replaces.
    if (command !== undefined && !/[|…]|\b[A-Z]{2,}\b/.test(command.replace(/\.[A-Z]+/g, '')))
      yield command
  }
}
