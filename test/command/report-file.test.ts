import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { mustTakeReport, writeReport } from '../../src/command/report-file.ts'
import { formatPage } from '../../src/report/page.ts'
import { html } from '../../src/text/html.ts'
import { captureOutput } from '../fixtures/output.ts'
import { makeDirectory } from '../fixtures/process.ts'

const page = (title: string) => formatPage({ title, lead: '', madeMs: 0, body: html`` })

t.test('a report never takes the place of anything but a report', async t => {
  const home = makeDirectory(t)
  const at = (name: string) => join(home, name)
  mkdirSync(at('folder'))
  writeFileSync(at('photogate.yaml'), 'allow: []\n')
  writeFileSync(at('empty.html'), '')
  writeFileSync(at('other.html'), '<!doctype html><title>minutes</title>')
  writeFileSync(at('report.html'), page('old'))
  symlinkSync('report.html', at('link.html'))
  symlinkSync('gone.html', at('dangling.html'))
  const rows: [string, RegExp][] = [
    ['folder', /folder is a folder; name a file in it$/],
    ['photogate.yaml', /is there already, and is not a report of photogate; name a new file$/],
    ['empty.html', /is not a report of photogate/],
    ['other.html', /is not a report of photogate/],
    ['link.html', /is not a report of photogate/],
    ['dangling.html', /is not a report of photogate/],
    ['gone/report.html', /gone is not a folder$/],
    ['report.html/x.html', /report\.html is not a folder$/],
  ]
  const before = readdirSync(home)
  for (const [name, message] of rows) {
    await t.test(name, async t => {
      t.throws(() => mustTakeReport(at(name)), { code: 'GATE_USAGE', message, exitCode: 2 })
      const late = writeReport(at(name), page('new'), captureOutput())
      await t.rejects(late, { code: 'GATE_OUTPUT', message, exitCode: 70 })
    })
  }
  t.strictSame(readdirSync(home), before, 'nothing is left behind')
  t.equal(readFileSync(at('report.html'), 'utf8'), page('old'))
})

t.test('a report is written for its owner alone, and replaces an earlier one', async t => {
  const file = join(makeDirectory(t), 'report.html')
  const output = captureOutput()
  for (const title of ['one', 'two']) {
    mustTakeReport(file)
    await writeReport(file, page(title), output)
    t.equal(readFileSync(file, 'utf8'), page(title))
  }
  t.equal(statSync(file).mode & 0o777, 0o600)
  t.match(output.noted(), /report\.html is written: \d,\d{3} bytes/)
  t.equal(output.printed(), '', 'standard output is for the results')
})

t.test('a write that fails leaves the earlier report, and nothing else', async t => {
  const home = makeDirectory(t)
  const file = join(home, 'report.html')
  await writeReport(file, page('old'), captureOutput())
  // Its place is taken, so that the new file cannot be made.
  mkdirSync(join(home, `.report.html.${process.pid}.part`, 'x'), { recursive: true })
  await t.rejects(writeReport(file, page('new'), captureOutput()), {
    code: 'GATE_OUTPUT',
    message: /report\.html cannot be written: EEXIST/,
  })
  t.equal(readFileSync(file, 'utf8'), page('old'))
})
