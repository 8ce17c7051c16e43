// The verbs of doctor: this machine, and its neighbourhood.
import type { Command } from 'commander'
import type { DoctorOptions } from './doctor.ts'
import { processOutput as output } from './output.ts'
import { configOption, endHelp, jsonOption, lazy, photosOption } from './verb.ts'

export function addDoctor(program: Command): void {
  const doctor = program
    .command('doctor')
    // The subcommands have options of the same names.
    .enablePositionalOptions()
    .description('say what is wrong with the gate and its neighbourhood, and what to do')
    .addOption(configOption())
    .addOption(photosOption())
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./doctor.ts'),
        (module, options: DoctorOptions) => module.doctor(options, output),
      ),
    )
  endHelp(doctor, {
    fine: 'no findings',
    findings: 'at least one finding',
    examples: [
      ['doctor', 'look at this machine, by ./photogate.yaml'],
      ['doctor --json -c /etc/photogate/photogate.yaml', 'the same for a script'],
    ],
  })
}
