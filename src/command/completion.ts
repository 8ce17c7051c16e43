// `photogate completion`: prints what makes a shell complete verbs, options and files.
import type { Command } from 'commander'
import { exitCodes } from '../error.ts'
import { formatBash } from './completion-bash.ts'
import { completionTree } from './completion-tree.ts'
import { formatZsh } from './completion-zsh.ts'
import type { Output } from './output.ts'

export function completion(shell: string, program: Command, output: Output): number {
  const tree = completionTree(program)
  output.print((shell === 'zsh' ? formatZsh(tree) : formatBash(tree)).trimEnd())
  return exitCodes.fine
}
