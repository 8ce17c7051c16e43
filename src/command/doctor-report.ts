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

/** @returns 1 with findings, otherwise 0 */
export function tellDiagnosis(
  diagnosis: Diagnosis,
  { json = false }: { readonly json?: boolean | undefined },
  output: Output,
): number {
  output.print(json ? JSON.stringify(diagnosis, null, 2) : formatDiagnosis(diagnosis))
  return diagnosis.findings.length > 0 ? exitCodes.findings : exitCodes.fine
}

export function formatDiagnosis({ findings, fine, unknown }: Diagnosis): string {
  const parts = [
    ...findings.map((finding, at) => formatFinding(finding, at + 1)),
    ...(fine.length > 0 ? [formatList('Fine:', fine)] : []),
    ...(unknown.length > 0 ? [formatList('Not known:', unknown)] : []),
    findings.length === 0 ? 'no findings' : count(findings.length, 'finding'),
  ]
  return parts.join('\n\n')
}

function formatFinding({ code, effect, place, seen, why, cure }: Finding, number: number): string {
  const head = `${number}. ${effectWords[effect]}: ${code}${place === undefined ? '' : ` (${formatPlace(place)})`}`
  const steps =
    cure.length === 1
      ? [`   Do:   ${cure[0]}`]
      : ['   Do:', ...cure.map((step, at) => `     ${at + 1}. ${step}`)]
  return [head, `   Seen: ${seen}`, `   Why:  ${why}`, ...steps].join('\n')
}

function formatPlace({ file, line }: FindingPlace): string {
  return line === undefined ? file : `${file}:${line}`
}

function formatList(head: string, sentences: readonly string[]): string {
  return [head, ...sentences.map(sentence => `  ${sentence}`)].join('\n')
}
