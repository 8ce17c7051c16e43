// The verb that signs links.
import type { Command } from 'commander'
import { Option } from 'commander'
import type { LinkOptions } from './link.ts'
import { processOutput as output } from './output.ts'
import { configOption, endHelp, jsonOption, lazy } from './verb.ts'

export function addLink(program: Command): void {
  const link = program
    .command('link [address]')
    .description("print a signed link to a person's photo, for rules with link: signed")
    .addOption(configOption())
    .option('--for <duration>', 'how long it counts: 12h, 7d, at most 366d; must be given')
    .option('--url <url>', "the photo host's public URL")
    .option('--people <file>', 'a link for each mail address of this file, one a line')
    .option('--html', 'print an <img> tag to paste')
    .addOption(jsonOption())
    // Only for its message.
    .addOption(new Option('--revoke [link]').hideHelp())
    .action(
      lazy(
        () => import('./link.ts'),
        (module, address: string | undefined, options: LinkOptions) =>
          module.link(address, options, output),
      ),
    )
  endHelp(link, {
    fine: 'the links are printed',
    examples: [
      [
        'link joe.bloggs@acme.example --for 7d --url https://photos.acme.example',
        'a link that opens this photo to anybody who has it, for seven days',
      ],
      [
        'link --people people.txt --for 90d --url https://photos.acme.example --html',
        'an <img> tag for each person of a file, for mail signatures',
      ],
    ],
  })
}
