// The verbs for moving from another server, and for what stands around the gate: schema, convert, ihs-rules, snippets.
import type { Command } from 'commander'
import { Argument } from 'commander'
import { snippetKinds } from '../snippet/kinds.ts'
import type { ConvertOptions } from './convert.ts'
import type { IhsRulesOptions } from './ihs-rules.ts'
import { processOutput as output } from './output.ts'
import type { SchemaOptions } from './schema.ts'
import type { SnippetsOptions } from './snippets.ts'
import { collect, configOption, endHelp, jsonOption, lazy, photosOption } from './verb.ts'

export function addMoveVerbs(program: Command): void {
  addSchema(program)
  addConvert(program)
  addIhsRules(program)
}

function addSchema(program: Command): void {
  const schema = program
    .command('schema')
    .description('print the JSON Schema of the configuration, for editors')
    .option('--markdown', 'print the reference of all keys as Markdown tables instead')
    .action(
      lazy(
        () => import('./schema.ts'),
        (module, options: SchemaOptions) => module.schema(options, output),
      ),
    )
  endHelp(schema, {
    fine: 'it is printed',
    examples: [
      ['schema > photogate.schema.json', 'save it for the YAML extension of an editor'],
      ['schema --markdown', 'print the reference of all keys'],
    ],
  })
}

function addConvert(program: Command): void {
  const convert = program
    .command('convert <httpd.conf>')
    .description('turn the virtual host of the photos into a configuration, and prove it')
    .option('--host <name>', 'its ServerName, where several could be meant')
    .option('--path <path>', 'where the old host has the photos: / or /photos/')
    .option(
      '--ignore-missing <file>',
      'an Include that is not there and decides nothing, as it is written; may be repeated',
      collect,
    )
    .option('-o, --output <file>', 'write the configuration to this new file')
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./convert.ts'),
        (module, file: string, options: ConvertOptions) => module.convert(file, options, output),
      ),
    )
  endHelp(convert, {
    fine: 'everything was carried over',
    findings: 'something was not carried over, and the report names it with its line',
    examples: [
      [
        'convert /opt/IBM/HTTPServer/conf/httpd.conf',
        'print the configuration, and the report on standard error',
      ],
      [
        'convert httpd.conf --host photos.acme.example -o photogate.yaml',
        'one of several virtual hosts, into a file',
      ],
    ],
  })
}

function addIhsRules(program: Command): void {
  const rules = program
    .command('ihs-rules')
    .description('print the configuration as a RewriteCond block for IHS, and prove it')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--presence', 'look for LTPA cookies where tokens would be verified')
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./ihs-rules.ts'),
        (module, options: IhsRulesOptions) => module.ihsRules(options, output),
      ),
    )
  endHelp(rules, {
    fine: 'the block does all that the configuration does',
    findings: 'the block cannot do all of it, and the notes say what is missing',
    examples: [
      ['ihs-rules > photos.conf', 'write the block of ./photogate.yaml'],
      ['ihs-rules --presence -c photogate.yaml', 'with cookies that are only looked for'],
    ],
  })
}

export function addSnippets(program: Command): void {
  const snippets = program
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
    .action(
      lazy(
        () => import('./snippets.ts'),
        (module, kind: string, options: SnippetsOptions) => module.snippets(kind, options, output),
      ),
    )
  endHelp(snippets, {
    fine: 'it is printed',
    examples: [
      ['snippets ihs --url https://photos.acme.example', 'the virtual host of IHS'],
      [
        'snippets stproxy --url https://photos.acme.example --chat-url https://chat.acme.example',
        'the settings of the Sametime Proxy',
      ],
    ],
  })
}
