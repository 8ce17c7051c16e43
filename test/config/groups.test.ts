// Groups in a configuration: how they are named, read and refused.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Evidence } from '../../src/policy/condition.ts'
import { decide } from '../../src/policy/policy.ts'
import { openConfigHome } from '../fixtures/config.ts'

const files = {
  'board.txt': '\uFEFF# the board\r\nCEO@acme.example\r\n\r\n*@board.acme.example # all\r\n',
  'sales.txt': 'joe@acme.example\nann@acme.example\n',
  'empty.txt': '# nobody yet\n',
  'bad.txt': 'ann@acme.example\n  !ceo@acme.example\nceo\n',
}
const home = openConfigHome(t, files)
const groups =
  'groups: { board: { file: board.txt }, sales: { file: sales.txt }, empty: { file: empty.txt } }\n'
const rule = (photos: string) => `allow: [{ name: a, from: 10.0.0.0/8, photos: ${photos} }]`
const board = 'groups: { board: { file: board.txt } }\n'
const empty = 'groups: { e: { file: empty.txt } }\n'

t.test('a wrong group is refused, with its place and what to write', async t => {
  const rows: [string, (string | RegExp)[]][] = [
    [
      `${groups}${rule('{ group: bord }')}`,
      [
        'photogate.yaml:2:55 allow[0].photos[0].group "bord" is not among groups; did you mean board?',
      ],
    ],
    [
      `${groups}${rule('["*@acme.example", { notGroup: [board, sals] }]')}`,
      [
        'photogate.yaml:2:85 allow[0].photos[1].notGroup[1] "sals" is not among groups; did you mean sales?',
      ],
    ],
    [
      rule('{ group: staff }'),
      [
        'photogate.yaml:1:55 allow[0].photos[0].group "staff" is not among groups; add groups: { staff: { file: staff.txt } }',
      ],
    ],
    [
      `${board}${rule('{ group: "!board" }')}`,
      [
        'photogate.yaml:2:55 allow[0].photos[0].group "!board" begins with !; write { notGroup: board } to hide a group',
      ],
    ],
    [
      `${board}${rule('{ group: [ok, "two words"] }')}`,
      [/group\[0\] "ok" is not among groups/, /group\[1\] "two words" is not a name; begin with/],
    ],
    [
      `${board}${rule('{ grup: board }')}`,
      [
        /photos\[0\]\.group is missing/,
        /:2:48 allow\[0\]\.photos\[0\]\.grup is not known; did you mean group\?/,
      ],
    ],
    [
      `${board}${rule('{ notgroup: board }')}`,
      [
        /photos\[0\]\.notGroup is missing/,
        /:2:48 allow\[0\]\.photos\[0\]\.notgroup is not known; did you mean notGroup\?/,
      ],
    ],
    [
      `${board}${rule('{ group: board, notGroup: board }')}`,
      [/allow\[0\]\.photos\[0\] has group and notGroup together; write each as an item of its own/],
    ],
    [
      `${board}${rule('[{ group: board, x: 1 }]')}`,
      [/allow\[0\]\.photos\[0\]\.x is not known; known here: group/],
    ],
    [
      `${board}${rule('{}')}`,
      [
        /allow\[0\]\.photos\[0\] has none of group, notGroup; write one of them, like \{"group":"board"\}/,
      ],
    ],
    [
      `${board}${rule('{ group: [] }')}`,
      [/photos\[0\]\.group \[\] does not fit; write names of groups, like board/],
    ],
    [
      `${board}${rule('[]')}`,
      [/photos \[\] does not fit; write globs over mail addresses, and groups/],
    ],
    [
      `${board}${rule('{ group: 5 }')}`,
      [/photos\[0\]\.group 5 is a number to YAML.*write "5" in quotes/],
    ],
    [
      `${board}${rule('board')}`,
      [
        'photogate.yaml:2:46 allow[0].photos "board" can match no mail address; write *@acme.example, ceo@acme.example or !ceo@acme.example, or { group: board } for a group',
      ],
    ],
    [
      `${board}${rule('["*", "!board"]')}`,
      [/photos\[1\] "!board" can match no mail address; .*, or \{ notGroup: board \} for a group$/],
    ],
    [rule('["*", 5]'), [/photos\[1\] 5 is a number to YAML/]],
    [rule('5'), [/allow\[0\]\.photos 5 is a number to YAML/]],
    [
      'groups: { a: { file: gone.txt } }',
      ['photogate.yaml:1:22 groups.a.file cannot be read: gone.txt is not there'],
    ],
    [
      'groups: { a: { file: photos } }',
      ['photogate.yaml:1:22 groups.a.file cannot be read: photos is a folder, not a file'],
    ],
    ['groups: { a: {} }', ['photogate.yaml:1:14 groups.a.file is missing; add file: board.txt']],
    [
      'groups: { a: { files: board.txt } }',
      [/groups\.a\.file is missing/, /groups\.a\.files is not known; did you mean file\?/],
    ],
    [
      'groups: { a: board.txt }',
      [
        /:1:14 groups\.a "board\.txt" does not fit; write a file of mail addresses, like \{"file":"board.txt"\}/,
      ],
    ],
    [
      'groups: { a: [ann@acme.example] }',
      [/:1:14 groups\.a \["ann@acme\.example"\] does not fit; write a file of mail addresses/],
    ],
    ['groups: { 1st: { file: board.txt } }', [/groups\.1st is not a name; begin with a letter/]],
    ['groups: { a: }', [/:1:14 groups\.a has no value; write a file of mail addresses/]],
    [
      'groups: board.txt',
      [/:1:9 groups "board\.txt" does not fit; write groups of people by name/],
    ],
    [
      'groups: { a: { file: bad.txt } }',
      [
        'bad.txt:2:3 "!ceo@acme.example" begins with !, and a group cannot exclude; take the line out, and write "!ceo@acme.example" in photos of the rule',
        'bad.txt:3:1 "ceo" is not a mail address or a glob; write joe@acme.example or *@board.acme.example',
      ],
    ],
  ]
  for (const [text, expected] of rows) {
    t.test(text.split('\n').at(-1) ?? '', async t => {
      const problems = home.problems(text)
      t.match(problems, expected)
      t.equal(problems.length, expected.length)
    })
  }
})

t.test('a refused group keeps its name, so rules that use it are not refused', async t => {
  for (const [group, problem] of [
    ['{ file: gone.txt }', /groups\.a\.file cannot be read/],
    ['gone.txt', /groups\.a "gone\.txt" does not fit/],
    ['{}', /groups\.a\.file is missing/],
    ['{ file: bad.txt }', /bad\.txt:2:3/],
  ] as const) {
    t.test(group, async t => {
      for (const photos of ['{ group: a }', '["*", { notGroup: a }]']) {
        const problems = home.problems(`groups: { a: ${group} }\n${rule(photos)}`)
        t.match(problems[0], problem)
        t.notOk(
          problems.some(line => line.includes('allow')),
          problems.join('\n'),
        )
      }
    })
  }
})

t.test(
  'a rule that opens an empty group gets a warning, and one that hides it is refused',
  async t => {
    t.strictSame(home.warnings(`${empty}${rule('{ group: e }')}`), [
      'photogate.yaml:1:22 groups.e.file empty.txt lists nobody',
    ])
    t.equal(ruleOf(`${empty}${rule('{ group: e }')}`, 'ann@acme.example'), undefined)
    t.equal(ruleOf(`${empty}${rule('[{ group: e }, "!x@x"]')}`, 'ann@acme.example'), undefined)
    for (const [photos, place] of [
      ['{ notGroup: e }', '2:58'],
      ['{ notGroup: [e] }', '2:58'],
    ] as const) {
      t.strictSame(home.problems(`${empty}${rule(photos)}`), [
        `photogate.yaml:${place} allow[0].photos[0].notGroup would hide nobody, because group "e" lists nobody; list whom to hide, or take this out`,
      ])
    }
  },
)

t.test('a rule on a group alone is open to everybody, which is a warning', async t => {
  t.strictSame(home.warnings(`${board}allow: [{ name: a, photos: { group: board } }]`), [
    'photogate.yaml:2:28 allow[0].photos of rule "a" is its only condition: these photos are open to everybody',
  ])
})

t.test('groups, globs and exclusions stand in one list', async t => {
  const rows: [photos: string, opened: string[], closed: string[]][] = [
    ['{ group: board }', ['ceo@acme.example', 'x@board.acme.example'], ['joe@acme.example']],
    ['[{ group: board }]', ['ceo@acme.example'], ['joe@acme.example', 'ceo2@acme.example']],
    ['{ group: [board, sales] }', ['ceo@acme.example', 'joe@acme.example'], ['bob@acme.example']],
    [
      '[{ group: board }, "!ceo@acme.example"]',
      ['x@board.acme.example'],
      ['ceo@acme.example', 'joe@acme.example'],
    ],
    [
      '["*@acme.example", { notGroup: board }]',
      ['joe@acme.example'],
      ['ceo@acme.example', 'x@board.acme.example', 'joe@other.example'],
    ],
    [
      '["*", { notGroup: [board, sales] }]',
      ['bob@acme.example'],
      ['ceo@acme.example', 'joe@acme.example', 'x@board.acme.example'],
    ],
    [
      '[{ group: sales }, "*@other.example", { notGroup: board }]',
      ['joe@acme.example', 'bob@other.example'],
      ['ceo@acme.example', 'bob@acme.example'],
    ],
    ['{ notGroup: sales }', ['bob@acme.example'], ['joe@acme.example', 'ann@acme.example']],
  ]
  for (const [photos, opened, closed] of rows) {
    t.test(photos, async t => {
      for (const photo of opened) t.equal(ruleOf(`${groups}${rule(photos)}`, photo), 'a', photo)
      for (const photo of closed)
        t.equal(ruleOf(`${groups}${rule(photos)}`, photo), undefined, photo)
    })
  }
})

t.test(
  'a group file is read beside the configuration, and is among the files to watch',
  async t => {
    writeFileSync(join(home.directory, 'photos', 'list.txt'), 'ann@acme.example')
    const { settings, files } = home.load(
      `groups: { a: { file: photos/list.txt }, b: { file: gone.txt } }\n${rule('{ group: a }')}`,
    )
    t.equal(settings, undefined)
    t.strictSame(files, [
      home.file,
      join(home.directory, 'photos', 'list.txt'),
      join(home.directory, 'gone.txt'),
    ])
  },
)

function ruleOf(text: string, photo: string): string | undefined {
  const { policy } = home.settings(text)
  const client = { family: 4 } as NonNullable<Evidence['client']>
  const rules = policy.rules.map(({ name, conditions }) => ({
    name,
    conditions: conditions.filter(({ kind }) => kind === 'photos'),
  }))
  const decision = decide({ ...policy, rules }, { client, cookies: [], photo, aliasesOf: () => [] })
  return decision.admitted ? decision.rule.name : undefined
}
