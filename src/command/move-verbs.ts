// The verbs for moving from another server and for what stands around the gate: schema, convert, ihs-rules, snippets.
import type { Command } from 'commander'
import { Argument } from 'commander'
import { snippetKinds } from '../snippet/kinds.ts'
import type { ConvertOptions } from './convert.ts'
import type { IhsRulesOptions } from './ihs-rules.ts'
import { processOutput as output } from './output.ts'
import type { SnippetsOptions } from './snippets.ts'
import { configOption, photosOption, run } from './verb-options.ts'

export function addMoveVerbs(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .action(run(async () => (await import('./schema.ts')).schema(output)))

  program
    .command('convert <httpd.conf>')
    .description('turn the virtual host of the photos into a configuration, and prove it')
    .option('--host <name>', 'its ServerName, where several could be meant')
    .option('--path <path>', 'where the old host has the photos: / or /photos/')
    .option(
      '--ignore-missing <file>',
      'an Include that is not there and decides nothing, as it is written (repeatable)',
      (file: string, before: string[] = []) => [...before, file],
    )
    .option('-o, --output <file>', 'write the configuration to this new file')
    .option('--json', 'print JSON')
    .action((file: string, options: ConvertOptions) =>
      run(async () => (await import('./convert.ts')).convert(file, options, output))(options),
    )

  program
    .command('ihs-rules')
    .description('print the configuration as a RewriteCond block for IHS, and prove it')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--presence', 'look for LTPA cookies where tokens would be verified')
    .option('--json', 'print JSON')
    .action(
      run(async (options: IhsRulesOptions) =>
        (await import('./ihs-rules.ts')).ihsRules(options, output),
      ),
    )
}

export function addSnippets(program: Command): void {
  program
    .command('snippets')
    .description('print what to paste into a front or into Sametime, filled from the configuration')
    .addArgument(new Argument('<kind>', 'for what').choices(snippetKinds))
    .addOption(configOption())
    .addOption(photosOption())
    .option(
      '--url <url>',
      'the photo host as its clients know it, such as https://photos.acme.example',
    )
    .option('--chat-url <url>', "stproxy: the Sametime Proxy's own public URL")
    .option('--user-token <text>', 'meetings: what the Meeting Server replaces by the user')
    .option(
      '--attribute <name>',
      'userinfo, ldif: the LDAP attribute for URLs of photos (PhotoURL)',
    )
    .option('--dn <template>', "ldif: where people are, such as 'mail={address},ou=people,o=acme'")
    .action((kind: string, options: SnippetsOptions) =>
      run(async () => (await import('./snippets.ts')).snippets(kind, options, output))(options),
    )
}
