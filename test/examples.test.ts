// Runs the `@example` lines of docstrings: an expression over the exports of its module, and its value.
//
//   @example parseSize('256KiB') // 262_144
//   @example parseSize('x') // throws /is not a size/
import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { root } from './fixtures/root.ts'

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map(file => file.split(sep).join('/'))
  .filter(file => file.endsWith('.ts'))
const examples = files.flatMap(file =>
  [...readFileSync(join(root, 'src', file), 'utf8').matchAll(/@example (.*)$/gm)].map(
    ([, line = '']) => ({ file, line: line.replace(/ \*\/$/, '') }),
  ),
)

t.test('most rooms have examples', async t => {
  const rooms = new Set(examples.map(({ file }) => file.split('/')[0]))
  for (const room of ['convert', 'evidence', 'ltpa', 'snippet', 'text']) {
    t.ok(rooms.has(room), room)
  }
})

for (const file of new Set(examples.map(example => example.file))) {
  t.test(file, async t => {
    const compiled = join(root, 'build/src', file.replace(/\.ts$/, '.js'))
    const module = (await import(pathToFileURL(compiled).href)) as Record<string, unknown>
    for (const { line } of examples.filter(example => example.file === file)) {
      const [, expression = '', result = ''] = /^(.*) \/\/ (.*)$/.exec(line) ?? []
      const [, pattern] = /^throws \/(.*)\/$/.exec(result) ?? []
      if (pattern !== undefined)
        t.throws(() => evaluate(expression, module), { message: new RegExp(pattern) }, line)
      else t.strictSame(evaluate(expression, module), evaluate(result, {}), line)
    }
  })
}

/** Runs code, which comes from this repository's own docstrings. */
function evaluate(expression: string, scope: Record<string, unknown>): unknown {
  const value = new Function(...Object.keys(scope), `return (${expression})`)(
    ...Object.values(scope),
  )
  // Some parsers return objects without a prototype.
  return typeof value === 'object' && value !== null && value.constructor === undefined
    ? { ...value }
    : value
}
