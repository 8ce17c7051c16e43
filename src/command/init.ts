// `photogate init`: a commented configuration to begin with, and its folder of photos. By the administrator's answers on
// a terminal, by plain defaults without one, or by the old httpd.conf. Never over a file.
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Readable } from 'node:stream'
import type { Problem } from '../config/document/problem.ts'
import { loadConfig } from '../config/load.ts'
import type { StarterAnswers } from '../config/starter.ts'
import { formatStarter, starterDefaults } from '../config/starter.ts'
import { formatConfig } from '../convert/config-text.ts'
import { formatReport } from '../convert/report.ts'
import { describeFileTrouble } from '../disk/file-trouble.ts'
import { exitCodes, GateError } from '../error.ts'
import { printableText } from '../text/printable.ts'
import { convertFile, writeNew } from './convert.ts'
import type { Output } from './output.ts'
import { noteProblems } from './output.ts'
import { askStarterQuestions } from './starter-questions.ts'

export interface InitOptions {
  config?: string
  photos?: string
  fromIhs?: string
  /** With fromIhs, as `convert` takes them. */
  host?: string
  path?: string
  ignoreMissing?: string[]
}

export interface InitStreams {
  readonly output: Output
  readonly input: Readable
  /** Where questions go. Undefined: nobody is there to answer, and plain defaults hold. */
  readonly terminal: NodeJS.WritableStream | undefined
}

interface Starter {
  readonly text: string
  /** The folder of photos, as the configuration names it. */
  readonly photos: string
  /** Whether all of an httpd.conf was carried over. */
  readonly isWhole: boolean
}

const defaultFile = 'photogate.yaml'

/** @returns 0, or 1 when something of the httpd.conf was not carried over. */
export async function init(options: InitOptions, streams: InitStreams): Promise<number> {
  const file = options.config ?? defaultFile
  refuseExisting(file)
  const { output } = streams
  const starter =
    options.fromIhs === undefined
      ? await answeredStarter(file, options, streams)
      : convertedStarter(options.fromIhs, options, output)
  const photos = resolve(dirname(resolve(file)), starter.photos)
  const isNewFolder = makeFolder(photos)
  makeFolder(dirname(resolve(file)))
  writeNew(file, starter.text)
  output.print(`${file} is written${isNewFolder ? `, and the folder ${photos} is made` : ''}.`)
  const isFine = tellRisks(file, output)
  output.print(nextSteps(file, photos, starter.isWhole))
  return isFine && starter.isWhole ? exitCodes.fine : exitCodes.findings
}

// Before the first question. The write itself refuses, too.
function refuseExisting(file: string): void {
  if (!existsSync(file)) return
  throw new GateError(
    'GATE_USAGE',
    `${file} is there already, and init writes over no file; look at it with photogate check --config ${file}, or name another file with --config`,
  )
}

async function answeredStarter(
  file: string,
  { photos }: InitOptions,
  { input, terminal, output }: InitStreams,
): Promise<Starter> {
  const defaults = photos === undefined ? starterDefaults : { ...starterDefaults, photos }
  const judge = (answers: StarterAnswers) => problemsOf(file, formatStarter(answers))
  const answers =
    terminal === undefined ? defaults : await askOnTerminal(defaults, judge, { input, terminal })
  if (answers === undefined) {
    throw new GateError(
      'GATE_USAGE',
      'the answers ended before the last question; nothing was written',
    )
  }
  const problems = judge(answers)
  // Only what --photos says can be wrong here.
  if (problems.length > 0) {
    noteProblems(output, problems, 'error')
    throw new GateError('GATE_USAGE', 'nothing was written')
  }
  return { text: formatStarter(answers), photos: answers.photos, isWhole: true }
}

async function askOnTerminal(
  defaults: StarterAnswers,
  judge: (answers: StarterAnswers) => readonly Problem[],
  { input, terminal }: { input: Readable; terminal: NodeJS.WritableStream },
): Promise<StarterAnswers | undefined> {
  const lines = createInterface({ input, output: terminal, terminal: true })
  const end = new AbortController()
  lines.on('close', () => end.abort())
  lines.on('SIGINT', () => lines.close())
  const say = (text: string) => void terminal.write(`${printableText(text)}\n`)
  const ask = async (prompt: string) => {
    try {
      return await lines.question(prompt, { signal: end.signal })
    } catch (error) {
      if (!end.signal.aborted) throw error
      say('')
      return undefined
    }
  }
  try {
    say('Enter alone takes what stands in brackets. Nothing is written before the last answer.')
    return await askStarterQuestions(defaults, { ask, say, judge })
  } finally {
    lines.close()
  }
}

// The folder of photos is made later.
function problemsOf(file: string, text: string): readonly Problem[] {
  return loadConfig({ file, text, env: process.env, needsPhotos: false }).problems
}

function convertedStarter(httpdConf: string, options: InitOptions, output: Output): Starter {
  const conversion = convertFile(httpdConf, options)
  const directory = options.photos ?? conversion.directory ?? starterDefaults.photos
  const text = printableText(formatConfig({ ...conversion, directory }))
  output.note(formatReport(conversion))
  return { text, photos: directory, isWhole: conversion.leftovers.length === 0 }
}

/** @returns whether it was missing. @throws GateError */
function makeFolder(folder: string): boolean {
  try {
    if (mkdirSync(folder, { recursive: true }) !== undefined) return true
    statSync(folder)
    return false
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why =
      code === 'EEXIST' || code === 'ENOTDIR'
        ? `${folder} cannot be made: there is a file where a folder is due`
        : `${folder} cannot be made: ${describeFileTrouble(error, 'its place')}`
    throw new GateError('GATE_USAGE', `${why}. Nothing was written; name another place`)
  }
}

/** @returns whether it can be used: what came from an httpd.conf was not judged before */
function tellRisks(file: string, output: Output): boolean {
  const { problems, warnings } = loadConfig({ file, env: process.env })
  if (problems.length > 0) noteProblems(output, problems, 'error')
  if (warnings.length > 0) noteProblems(output, warnings, 'warning')
  return problems.length === 0
}

function nextSteps(file: string, photos: string, isWhole: boolean): string {
  return [
    ...(isWhole
      ? []
      : [
          'NOT WHOLE: the report above names lines of httpd.conf that were not carried over. Nobody is admitted in their',
          'place. Decide about each before the switch.',
        ]),
    'Next',
    `  put emailaddress.jpg files into ${photos}`,
    `  photogate check --config ${file}`,
    `  photogate serve --config ${file}`,
  ].join('\n')
}
