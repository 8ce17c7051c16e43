// Names in a photo folder that are not an address: the reason that is logged for each.
import t from 'tap'
import { addressOfName } from '../../src/photo/photo-file.ts'
import { unservedNameReason } from '../../src/photo/unserved-name.ts'

const reasons: [reason: RegExp, names: string[]][] = [
  [
    /^is a copy/,
    [
      'ceo@acme.example(1).jpg',
      'ceo@acme.example (2).jpg',
      'ceo@acme.example.jpg.jpg',
      'ceo@acme.example.png.jpg',
      'ceo@acme.example.sync-conflict-20261127-101112-ABCDEFG.jpg',
      'ceo@acme.example - Copy.jpg',
      'ceo@acme.example - Copy (3).jpg',
      'ceo@acme.example - Kopie.jpg',
      'ceo@acme.example copy.jpg',
      'Copy of ceo@acme.example.jpg',
      "ceo@acme.example (Ann's conflicted copy 2026-11-27).jpg",
      'ceo@acme.example.jpg~',
      'ceo@acme.example~.jpg',
      'ceo@acme.example.jpg.bak',
      'ceo@acme.example.bak.jpg',
      'ceo@acme.example.jpg.part',
      '._ceo@acme.example.jpg',
      '.#ceo@acme.example.jpg',
      '.~ceo@acme.example.jpg',
    ],
  ],
  [/^has a name that is not UTF-8/, ['m\ufffdller@acme.example.jpg', 'm\ufffdller.jpg', '.\ufffd']],
  [/^is hidden/, ['.ceo@acme.example.jpg', '.ceo@acme.example.jpg.Xa83kd']],
  [
    /^does not end with \.jpg/,
    ['ceo@acme.example', 'ceo@acme.example.heic', 'ceo@acme.example.txt', 'Thumbs.db', 'archive'],
  ],
  [
    /^does not have a mail address/,
    ['ceo.jpg', 'a@b@c.jpg', 'ceo@.jpg', '@acme.example.jpg', 'ceo@acme example.jpg', 'a,b@c.jpg'],
  ],
]

for (const [reason, names] of reasons) {
  for (const name of names) {
    t.test(`${JSON.stringify(name)} ${reason.source}`, async t => {
      t.match(unservedNameReason(name), reason)
      t.equal(addressOfName(name), undefined, 'the name is not an address')
    })
  }
}

t.test('photos and hidden files of other programs have no reason', async t => {
  for (const name of [
    'ceo@acme.example.jpg',
    'CEO@ACME.example.JPEG',
    'bücher@bücher.example.png',
    // Two addresses that people may have.
    'empty.jpg@acme.example.jpg',
    'copy@acme.example.jpg',
    'ceo-copy@acme.example.jpg',
    '.supply',
    '.DS_Store',
    '.stfolder',
    '.draft-17',
  ])
    t.equal(unservedNameReason(name), undefined, name)
})
