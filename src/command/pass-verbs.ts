// The verb that signs guest passes.
import type { Command } from 'commander'
import { processOutput as output } from './output.ts'
import type { PassOptions } from './pass.ts'
import { collect, configOption, endHelp, jsonOption, lazy } from './verb.ts'

export function addPass(program: Command): void {
  const pass = program
    .command('pass')
    .description(
      'print a guest pass, a link for the invitation to a meeting, for rules with pass: signed',
    )
    .addOption(configOption())
    .option('--for <duration>', 'how long it counts: 4h, 2d, at most 31d; must be given')
    .option(
      '--photos <glob>',
      'whose photos it opens, such as *@acme.example; must be given, may be repeated',
      collect,
    )
    .option('--name <text>', 'what the log calls it, such as "Q3 review"')
    .option('--url <url>', "the photo host's public URL")
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./pass.ts'),
        (module, options: PassOptions) => module.pass(options, output),
      ),
    )
  endHelp(pass, {
    fine: 'the pass is printed',
    examples: [
      [
        "pass --for 4h --photos '*@acme.example' --url https://photos.acme.example",
        'a link for the invitation: who opens it sees photos of acme.example for four hours',
      ],
      [
        "pass --for 2d --photos ann@acme.example --photos '*@sales.acme.example' --name 'Q3 review' --json",
        'a pass to a few people, with a name in the log, as JSON',
      ],
    ],
  })
}
