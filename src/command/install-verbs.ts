// The verbs for installing: completion.
import type { Command } from 'commander'
import { Argument } from 'commander'
import { processOutput as output } from './output.ts'
import { endHelp, lazy } from './verb.ts'

export function addCompletion(program: Command): void {
  const completion = program
    .command('completion')
    .description('print the completion of verbs, options and files for a shell')
    .addArgument(new Argument('<shell>', 'for which').choices(['bash', 'zsh']))
    .action(
      lazy(
        () => import('./completion.ts'),
        (module, shell: string) => module.completion(shell, program, output),
      ),
    )
  endHelp(completion, {
    fine: 'it is printed',
    examples: [
      [
        'completion bash > /etc/bash_completion.d/photogate',
        'for all who use bash; the packages have it already',
      ],
      ['completion zsh > ~/.zfunc/_photogate', 'for a zsh with ~/.zfunc in its fpath'],
    ],
  })
}
