// share/ of the packages for Linux: the manual page and the completions of shells.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { formatBash } from '../../src/command/completion-bash.ts'
import { completionTree } from '../../src/command/completion-tree.ts'
import { formatZsh } from '../../src/command/completion-zsh.ts'
import { buildProgram } from '../../src/command/program.ts'
import { formatManPage } from './man-page.ts'

export function writeSharedFiles(
  folder: string,
  { version, epoch }: { version: string; epoch: number },
): void {
  const tree = completionTree(buildProgram(version))
  const files = {
    'share/man/man1/photogate.1': formatManPage(version, epoch),
    'share/bash-completion/completions/photogate': formatBash(tree),
    'share/zsh/site-functions/_photogate': formatZsh(tree),
  }
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}
