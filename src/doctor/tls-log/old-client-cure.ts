// What to do about a program that speaks less than TLS 1.2. The lines for Notes are those that IBM named for its Files
// plug-in (collaborationben.com/tag/notes/); those for Domino's agents are of IBM's document swg21985289.
import { printable } from '../../text/printable.ts'
import type { OldProgram } from './tls-census.ts'

/** Steps, at least two. Lines to paste stand on lines of their own, indented. */
export function cureOf(row: OldProgram): string[] {
  const { program } = row
  const again = [
    'Leave the old versions on until then, and run photogate doctor tls on a newer log.',
  ]
  if (program === undefined) return [...cureOfNameless(row), ...again]
  if (/^Notes|^Sametime/.test(program)) return [...notesSteps, ...again]
  if (program.startsWith('Java ')) return [...javaSteps(program), ...notesSteps, ...again]
  if (program.startsWith('Internet Explorer')) return [...explorerSteps, ...again]
  return [
    `Update ${printable(program)}, or the system that it runs on, until it speaks TLS 1.2.`,
    ...again,
  ]
}

/** What IBM has told for clients whose Files plug-in spoke TLS 1.0. */
export const notesSteps: readonly string[] = [
  `Notes clients: write these lines into notes.ini and start Notes anew; a Domino policy can push them out.
  SSL_DISABLE_TLS_10=1
  DISABLE_SSLV3=1`,
  `Notes clients: make sure that framework/rcp/plugin_customization.ini has this line.
  com.ibm.documents.connector.service/ENABLE_SSL=true`,
  'Notes clients that still speak TLS 1.0 then: update Notes, because the Java in old releases cannot do better.',
]

function javaSteps(program: string): string[] {
  if (!/^Java 1\.[1-7]$/.test(program)) {
    return [
      'Programs in Java: look for a setting that allows TLS 1.0 only, such as https.protocols.',
    ]
  }
  return [
    `Programs in Java 6 and 7 offer TLS 1.0 unless they are told otherwise: start them with this option, or with Java 8 or newer.
  -Dhttps.protocols=TLSv1.2`,
    `Agents on a Domino server: name a file in notes.ini that has the second line; it holds for all agents.
  JavaUserOptionsFile=/local/notesdata/java.options
  https.protocols=TLSv1.2`,
  ]
}

const explorerSteps = [
  'Tick "Use TLS 1.2" in the Internet Options, Advanced, by a group policy. Windows XP and Vista cannot do it: use another browser there.',
]

// The parts of Connections that Notes asks for.
const notesApplications = new Set([
  ...['/files/', '/activities/', '/profiles/', '/connections/', '/communities/', '/homepage/'],
  ...['/news/', '/dm/', '/dogear/', '/blogs/', '/forums/', '/wikis/'],
])

function cureOfNameless({ application, isNameLogged }: OldProgram): string[] {
  const find = isNameLogged
    ? 'Find out what runs on these clients: the program sends no User-Agent.'
    : 'Find out which program this is: add \\"%{User-Agent}i\\" to the LogFormat (nginx: "$http_user_agent").'
  return notesApplications.has(application) ? [find, ...notesSteps] : [find, 'Update that program.']
}
