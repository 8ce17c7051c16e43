// The program's verbs, in the order in which the help lists them. Their options are in *-verbs.ts.
import { Command } from 'commander'
import { printableText } from '../text/printable.ts'
import { addControlVerbs } from './control-verbs.ts'
import { addDoctor } from './doctor-verbs.ts'
import { addGateVerbs } from './gate-verbs.ts'
import { addCompletion, addInit } from './install-verbs.ts'
import { addKeys, addToken } from './key-verbs.ts'
import { addLink } from './link-verbs.ts'
import { addMoveVerbs, addSnippets } from './move-verbs.ts'
import { addPass } from './pass-verbs.ts'
import { addPhotoVerbs } from './photo-verbs.ts'
import { endHelp } from './verb.ts'
import { addVersion } from './version.ts'

export function buildProgram(version: string): Command {
  const program = new Command('photogate')
  addVersion(program, version)
    .description("Serves people's photos as emailaddress.jpg, to the right eyes only.")
    // The subcommands of doctor have options of the same names as doctor itself.
    .enablePositionalOptions()
    .exitOverride()
    // A shell's pattern may have put a file's name among the arguments, and error messages repeat those.
    .configureOutput({
      writeOut: text => process.stdout.write(printableText(text)),
      writeErr: text => process.stderr.write(printableText(text)),
    })
    .configureHelp({ showGlobalOptions: true })
  addInit(program)
  addGateVerbs(program)
  addControlVerbs(program)
  addMoveVerbs(program)
  addPhotoVerbs(program)
  addKeys(program)
  addToken(program)
  addLink(program)
  addPass(program)
  addSnippets(program)
  addDoctor(program)
  addCompletion(program)
  return endHelp(program, {
    fine: 'fine',
    findings:
      'turned away (explain), not valid (token), changed (replay), not whole (convert, ihs-rules, init), to be looked at (import), cut off (stop) or found (doctor)',
    examples: [
      ['check', 'what is wrong with ./photogate.yaml'],
      ['serve', 'serve by ./photogate.yaml'],
    ],
  })
}
