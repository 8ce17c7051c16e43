// The verbs that ask a running gate: reload and stop.
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { processOutput as output } from './output.ts'
import type { RunningGateOptions } from './running-gate.ts'
import { configOption, endHelp, jsonOption, lazy, photosOption } from './verb.ts'

export function addControlVerbs(program: Command): void {
  addReload(program)
  addStop(program)
}

function addReload(program: Command): void {
  const reload = addOptions(
    program
      .command('reload')
      .description('have the running gate apply its configuration, and say whether it did'),
  ).action(
    lazy(
      () => import('./reload.ts'),
      (module, options: RunningGateOptions) => module.reload(options, output),
    ),
  )
  endHelp(reload, {
    fine: 'the configuration is applied',
    other: 'no gate runs with it, or it does not answer, or anything else',
    config: 'the new configuration has problems, and the old one stays; or there is none',
    examples: [
      ['reload', 'have the gate that runs with ./photogate.yaml apply it'],
      ['reload -c /etc/photogate/photogate.yaml --json', 'its outcome and problems, for a script'],
    ],
  })
}

function addStop(program: Command): void {
  const stop = addOptions(
    program
      .command('stop')
      .description('stop the running gate, after the requests that are under way'),
  ).action(
    lazy(
      () => import('./stop.ts'),
      (module, options: RunningGateOptions) => module.stop(options, output),
    ),
  )
  endHelp(stop, {
    fine: 'it has stopped, and every request was answered',
    findings: 'it has stopped, and requests were cut off',
    other: 'no gate runs with this configuration, or it does not answer, or anything else',
    config: 'there is no configuration',
    examples: [
      ['stop', 'stop the gate that runs with ./photogate.yaml'],
      ['stop --config photogate.yaml --pid 4711', 'stop that one of two gates'],
    ],
  })
}

function addOptions(command: Command): Command {
  return command
    .addOption(configOption())
    .addOption(photosOption())
    .addOption(
      new Option(
        '--pid <id>',
        'the process, where several gates run with this configuration',
      ).argParser(parseNumber),
    )
    .addOption(
      new Option('--timeout <seconds>', 'how long to wait for the outcome').argParser(parseNumber),
    )
    .addOption(jsonOption())
}

function parseNumber(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Write a number from 1 to 9999999.')
}
