// A diagnosis of doctor, as text for reading and as JSON for scripts; and the exit code that it gives.
import type { Diagnosis, Effect, Finding, FindingPlace } from '../doctor/finding.ts'
import { exitCodes } from '../error.ts'
import type { Output } from './output.ts'
import { count } from './photo-words.ts'

const effectWords: Record<Effect, string> = {
  opens: 'opens the door',
  breaks: 'does not work',
  'will-break': 'will stop working',
  weakens: 'could be better',
}

export interface TellOptions {
  readonly json?: boolean | undefined
  /** False: something that was to be looked at could not be read. */
  readonly isWhole?: boolean
}

/** @returns 1 with findings, 70 when nothing could be judged, otherwise 0 */
export function tellDiagnosis(
  diagnosis: Diagnosis,
  { json = false, isWhole = true }: TellOptions,
  output: Output,
): number {
  output.print(json ? JSON.stringify(diagnosis, null, 2) : formatDiagnosis(diagnosis, isWhole))
  if (diagnosis.findings.length > 0) return exitCodes.findings
  return diagnosis.fine.length > 0 ? exitCodes.fine : exitCodes.other
}

// Readable in a terminal of 100 columns, and in one of 80 with little harm.
const width = 96

export function formatDiagnosis({ findings, fine, unknown }: Diagnosis, isWhole = true): string {
  const isWithin = isWhole ? '' : ' in what could be read'
  // A doctor that saw nothing must not sound as if all were well.
  const none = fine.length > 0 ? `no findings${isWithin}` : 'nothing could be judged'
  const parts = [
    ...findings.map((finding, at) => formatFinding(finding, at + 1)),
    ...(fine.length > 0 ? [formatList('Fine:', fine)] : []),
    ...(unknown.length > 0 ? [formatList('Not known:', unknown)] : []),
    findings.length === 0 ? none : count(findings.length, 'finding'),
  ]
  return parts.join('\n\n')
}

function formatFinding({ code, effect, place, seen, why, cure }: Finding, number: number): string {
  const head = `${number}. ${effectWords[effect]}: ${code}${place === undefined ? '' : ` (${formatPlace(place)})`}`
  const steps =
    cure.length === 1
      ? [hang('   Do:   ', cure[0] ?? '')]
      : ['   Do:', ...cure.map((step, at) => hang(`     ${at + 1}. `, step))]
  return [head, hang('   Seen: ', seen), hang('   Why:  ', why), ...steps].join('\n')
}

function formatPlace({ file, line }: FindingPlace): string {
  return line === undefined ? file : `${file}:${line}`
}

function formatList(head: string, sentences: readonly string[]): string {
  return [head, ...sentences.map(sentence => hang('  ', sentence))].join('\n')
}

/**
 * The text behind the lead, its further lines indented as deep. Prose is broken at blanks; a line that begins with a
 * blank is to be pasted, and stays whole.
 */
function hang(lead: string, text: string): string {
  const indent = ' '.repeat(lead.length)
  const lines = text
    .split('\n')
    .flatMap(line => (line.startsWith(' ') ? [line] : wrap(line, width - lead.length)))
  return lines.map((line, at) => `${at === 0 ? lead : indent}${line}`).join('\n')
}

// A word that is longer than the line stays whole.
function wrap(text: string, room: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
