// The verbs for installing: init, completion.
import type { Command } from 'commander'
import { Argument, Option } from 'commander'
import type { InitOptions } from './init.ts'
import { processOutput as output } from './output.ts'
import { collect, endHelp, lazy, parseDirectory } from './verb.ts'

export function addInit(program: Command): void {
  const init = program
    .command('init')
    .description('write a commented configuration to begin with, and make its folder of photos')
    .option('-c, --config <file>', 'write this new file; without this option ./photogate.yaml')
    .addOption(
      new Option('--photos <directory>', 'the folder of photos that it names').argParser(
        parseDirectory,
      ),
    )
    .option('--from-ihs <httpd.conf>', 'carry over the virtual host of the photos, as convert does')
    .option('--host <name>', 'with --from-ihs: its ServerName, where several could be meant')
    .option('--path <path>', 'with --from-ihs: where the old host has the photos: / or /photos/')
    .option(
      '--ignore-missing <file>',
      'with --from-ihs: an Include that is not there and decides nothing; may be repeated',
      collect,
    )
    .action(
      lazy(
        () => import('./init.ts'),
        (module, options: InitOptions) => {
          const isAnswered = process.stdin.isTTY && process.stderr.isTTY
          const terminal = isAnswered ? process.stderr : undefined
          return module.init(options, { output, input: process.stdin, terminal })
        },
      ),
    )
  endHelp(init, {
    fine: 'it is written',
    findings: 'it is written, but something of httpd.conf was not carried over',
    config: 'never: an answer that cannot be used is asked for again',
    examples: [
      [
        'init --config /etc/photogate/photogate.yaml',
        'ask on a terminal; without one, plain defaults that admit nobody',
      ],
      [
        'init --from-ihs /opt/IBM/HTTPServer/conf/httpd.conf',
        'by the rules of the old virtual host, into ./photogate.yaml',
      ],
    ],
  })
}

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
