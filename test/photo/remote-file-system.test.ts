import t from 'tap'
import { isRemote } from '../../src/photo/remote-file-system.ts'
import { makeDirectory } from '../fixtures/process.ts'

t.test(
  'a directory is taken for one that other machines change unless it is known to be local',
  async t => {
    t.equal(isRemote('\\\\files\\photos'), true, 'a share of Windows')
    t.equal(isRemote('/nowhere/at/all'), true, 'nobody can tell')
    t.equal(isRemote(makeDirectory(t)), false)
  },
)
