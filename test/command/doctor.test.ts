// What doctor prints, and how it ends.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { doctor } from '../../src/command/doctor.ts'
import { formatDiagnosis, tellDiagnosis } from '../../src/command/doctor-report.ts'
import type { Problem } from '../../src/config/document/problem.ts'
import type { Diagnosis, Effect, Finding } from '../../src/doctor/finding.ts'
import { mergeDiagnoses } from '../../src/doctor/finding.ts'
import { checkConfiguration } from '../../src/doctor/machine/configuration.ts'
import { openConfigHome } from '../fixtures/config.ts'
import { captureOutput } from '../fixtures/output.ts'
import { root } from '../fixtures/root.ts'

const finding = (code: string, effect: Effect): Finding => ({
  code,
  effect,
  seen: `${code} was seen.`,
  why: 'It matters.',
  cure: ['Do this.'],
})

t.test('findings come worst first, and in the order of the checks', async t => {
  const { findings, fine, unknown } = mergeDiagnoses([
    { findings: [finding('a', 'weakens'), finding('b', 'breaks')], fine: ['One.'], unknown: [] },
    { findings: [finding('c', 'opens'), finding('d', 'breaks')], fine: [], unknown: ['Two.'] },
    { findings: [finding('e', 'will-break')], fine: ['Three.'], unknown: [] },
  ])
  t.equal(findings.map(({ code }) => code).join(' '), 'c b d e a')
  t.strictSame(fine, ['One.', 'Three.'])
  t.strictSame(unknown, ['Two.'])
})

t.test('a finding says what was seen, why it matters and what to do', async t => {
  const place = { file: 'httpd.conf', line: 12 }
  const steps = { ...finding('b', 'opens'), place, cure: ['Stop it.', 'Start it.'] }
  const text = formatDiagnosis({
    findings: [steps, finding('a', 'weakens')],
    fine: ['F.'],
    unknown: ['U.'],
  })
  t.equal(
    text,
    `1. opens the door: b (httpd.conf:12)
   Seen: b was seen.
   Why:  It matters.
   Do:
     1. Stop it.
     2. Start it.

2. could be better: a
   Seen: a was seen.
   Why:  It matters.
   Do:   Do this.

Fine:
  F.

Not known:
  U.

2 findings`,
  )
})

t.test('prose is broken at blanks, and lines to paste stay whole', async t => {
  const paste = `  ${'long '.repeat(40)}end`
  const text = formatDiagnosis({
    findings: [
      {
        ...finding('a', 'weakens'),
        seen: 'word '.repeat(30).trim(),
        cure: [`Paste:\n${paste}`, 'Go.'],
      },
    ],
    fine: ['fine '.repeat(30).trim()],
    unknown: [],
  })
  const lines = text.split('\n')
  t.ok(lines.includes(`        ${paste}`), 'indented below its step')
  t.strictSame(
    lines.filter(line => line.length > 100 && !line.includes('long')),
    [],
  )
  t.match(text, /^ {3}Seen: word (?:word )+word\n {9}word/m)
  t.match(text, /^Fine:\n {2}fine (?:fine )+fine\n {2}fine/m)
})

t.test('the exit code is 1 exactly when there are findings', async t => {
  const output = captureOutput()
  t.equal(
    tellDiagnosis({ findings: [finding('a', 'weakens')], fine: [], unknown: [] }, {}, output),
    1,
  )
  t.equal(tellDiagnosis({ findings: [], fine: ['F.'], unknown: ['U.'] }, { json: true }, output), 0)
  t.match(
    output.printed(),
    /^1\. could be better: a\n[\s\S]*\n1 finding\n\{\n {2}"findings": \[\],/,
  )
})

t.test('a doctor that could judge nothing says so, and ends with 70', async t => {
  const output = captureOutput()
  t.equal(tellDiagnosis({ findings: [], fine: [], unknown: ['U.'] }, {}, output), 70)
  t.match(output.printed(), /\n\nnothing could be judged$/)
  t.match(formatDiagnosis({ findings: [], fine: ['F.'], unknown: [] }), /\n\nno findings$/)
  t.match(formatDiagnosis({ findings: [], fine: ['F.'], unknown: [] }, false), /could be read$/)
})

t.test('a configuration with problems is a finding for each, with its place', async t => {
  const home = openConfigHome(t)
  writeFileSync(home.file, 'allow:\n- { name: open }\n- { name: a, form: 10/8 }\n')
  const output = captureOutput()
  t.equal(await doctor({ config: home.file, json: true }, output), 1)
  const { findings } = JSON.parse(output.printed()) as { findings: Finding[] }
  t.match(
    findings.filter(({ code }) => code === 'config-problem'),
    [
      {
        effect: 'breaks',
        place: { file: home.file, line: 2 },
        seen: /allow\[0\] has no condition/,
      },
      { effect: 'breaks', place: { file: home.file, line: 3 }, seen: /did you mean from/ },
    ],
  )
})

t.test('what the configuration names is looked at, with progress on a terminal', async t => {
  const home = openConfigHome(t, { 'photos/joe@acme.example.jpg': 'no picture' })
  writeFileSync(home.file, 'allow: [{ name: in, from: 10.0.0.0/8 }]\n')
  const output = captureOutput()
  const shown: string[] = []
  const terminal = { write: (text: string) => shown.push(text) }
  t.equal(await doctor({ config: home.file, json: true }, output, { terminal }), 1)
  const { findings, fine } = JSON.parse(output.printed()) as Diagnosis
  const codes = findings.map(({ code }) => code)
  t.ok(codes.includes('photos-none') && codes.includes('photos-broken'))
  t.notOk(codes.includes('import-never'), 'the configuration has no supply')
  t.ok(fine.some(text => /^The disk of /.test(text)))
  t.match(shown[0], /0 of \d+ checks; still: the gate, rights/)
  t.equal(shown.at(-1), '\r\x1b[K')
})

t.test('photos on a file system that hangs are not known, and the rest is looked at', async t => {
  const home = openConfigHome(t, { 'photos/joe@acme.example.jpg': 'no picture' })
  writeFileSync(home.file, 'allow: [{ name: in, from: 10.0.0.0/8 }]\n')
  const output = captureOutput()
  const asked: string[] = []
  const shown: string[] = []
  const lookAt = (folder: string) => {
    asked.push(folder)
    return 'silent' as const
  }
  const terminal = { write: (text: string) => shown.push(text) }
  await doctor({ config: home.file, json: true }, output, { lookAt, terminal })
  const { findings, fine, unknown } = JSON.parse(output.printed()) as Diagnosis
  const photos = join(home.directory, 'photos')
  t.strictSame(asked, [photos])
  t.match(
    unknown[0],
    `The photos, their disk, rights, imports and sources: ${photos} gave no answer.`,
  )
  t.notMatch(findings.map(({ code }) => code).join(' '), /photos|disk|rights/)
  t.notMatch(fine.join(' '), photos)
  t.match(shown[0], /0 of \d+ checks; still: the gate, the clock/)
})

t.test('with problems of the configuration, the rest is not known', async t => {
  const home = openConfigHome(t)
  writeFileSync(home.file, 'allow: 7\n')
  const output = captureOutput()
  t.equal(await doctor({ config: home.file, json: true }, output), 1)
  const { unknown } = JSON.parse(output.printed()) as Diagnosis
  t.match(unknown, [/^This machine, the photos and other servers were not looked at/])
})

t.test('no configuration at all is a finding, as is a named one that is not there', async t => {
  const gone = join(openConfigHome(t).directory, 'gone.yaml')
  for (const config of [gone, undefined]) {
    const told = captureOutput()
    const code = await doctor({ ...(config === undefined ? {} : { config }), json: true }, told)
    t.equal(code, 1)
    const { findings } = JSON.parse(told.printed()) as Diagnosis
    t.match(
      findings.filter(({ code }) => code === 'config-problem'),
      [{ effect: 'breaks', seen: /cannot be read|^no configuration: none is named/ }],
    )
  }
})

t.test("a certificate of the gate's own that ends stands before other warnings", async t => {
  const warning = (message: string): Problem => ({
    ...{ file: 'photogate.yaml', line: 2, path: 'listen[0].tls.cert', message },
    code: 'GATE_TLS_CERTIFICATE',
  })
  const check = (...warnings: Problem[]) =>
    checkConfiguration('x', {
      ...{ settings: undefined, problems: [], warnings },
      ...{ files: [], shadowFiles: [] },
    }).findings
  t.match(check(warning('expires in 5 days, on Dec 1')), [
    {
      code: 'certificate-expires',
      effect: 'will-break',
      seen: /^listen\[0\]\.tls\.cert expires in 5/,
    },
  ])
  t.match(check(warning('has expired on Dec 1: clients refuse it')), [
    { code: 'certificate-expired', effect: 'breaks', place: { line: 2 } },
  ])
  t.match(check(warning('has no subject alternative name')), [{ code: 'config-warning' }])
})

t.test('the page has exactly the codes of the sources', async t => {
  const folder = join(root, 'src/doctor/machine')
  const sources = readdirSync(folder)
    .map(file => readFileSync(join(folder, file), 'utf8'))
    .join('\n')
  const inSources = [...sources.matchAll(/code: '([a-z-]+)'|'(config-[a-z]+)'/g)].map(
    ([, code, config]) => code ?? config,
  )
  const page = readFileSync(join(root, 'deploy/docs/doctor.md'), 'utf8')
  const [, section = ''] = /\n## This machine\n([\s\S]*?)\n## /.exec(page) ?? []
  const rows = section.split('\n').filter(line => line.startsWith('| `'))
  const inPage = rows.flatMap(row =>
    [...(row.split(' | ')[0] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, code]) => code),
  )
  t.strictSame(inPage.toSorted(), [...new Set(inSources)].sort())
})
