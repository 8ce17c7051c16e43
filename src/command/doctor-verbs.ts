// The verbs of doctor: this machine, and its neighbourhood.
import type { Command } from 'commander'
import type { DoctorOptions } from './doctor.ts'
import type { DoctorCcmOptions } from './doctor-ccm.ts'
import type { DoctorSametimeOptions } from './doctor-sametime.ts'
import type { DoctorTlsOptions } from './doctor-tls.ts'
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
    .option('--through <url>', 'also ask through the front (reverse proxy), by its public URL')
    .option('--log <file>', "with --through: the gate's log, which is written to now, or -")
    .option('--photo <address>', 'with --through: the mail address of somebody who has a photo')
    .option('--cookie <file>', 'with --through: a file with a cookie of single sign-on, or -')
    .option('--ca <file>', 'with --through: an authority (PEM) that is trusted, too')
    .option('--client <address>', 'with --through: the address that the front sees us under')
    .option('--wait', 'with --through: also wait until idle connections end')
    .action(
      lazy(
        () => import('./doctor.ts'),
        (module, options: DoctorOptions) =>
          module.doctor(options, output, {
            version: program.version() ?? '',
            input: process.stdin,
            terminal: process.stderr.isTTY ? process.stderr : undefined,
          }),
      ),
    )
  endHelp(doctor, {
    fine: 'no findings',
    findings: 'at least one finding',
    config: 'never: a configuration that is not there, or cannot be used, is a finding',
    other:
      'no findings, but the log that was named has shown no request of doctor; or anything else',
    examples: [
      ['doctor --json -c /etc/photogate/photogate.yaml', 'look at this machine, for a script'],
      [
        'doctor --through https://photos.acme.example --log /var/log/photogate.log',
        'and through the front, by ./photogate.yaml',
      ],
    ],
  })
  addTls(doctor)
  addCcm(doctor)
  addSametime(doctor)
}

// The options of doctor itself say nothing to its subcommands.
const withoutDoctors = { showGlobalOptions: false }

function addTls(doctor: Command): void {
  const tls = doctor
    .command('tls <log...>')
    .configureHelp(withoutDoctors)
    .description('say which clients still speak less than TLS 1.2, by access logs and error logs')
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./doctor-tls.ts'),
        (module, logs: string[], options: Omit<DoctorTlsOptions, 'logs'>) =>
          module.doctorTls(
            { ...options, logs },
            {
              output,
              input: process.stdin,
              terminal: process.stderr.isTTY ? process.stderr : undefined,
            },
          ),
      ),
    )
  endHelp(tls, {
    fine: 'no findings',
    findings: 'a client speaks less than TLS 1.2, is refused, or uses a weak cipher suite',
    other: 'a log cannot be read to its end, or the logs say nothing about TLS',
    examples: [
      ["doctor tls '/opt/IBM/HTTPServer/logs/access_log*'", 'all logs of IHS, packed ones too'],
      ['doctor tls --json access_log error_log', 'with the refused clients, for a script'],
    ],
  })
}

function addCcm(doctor: Command): void {
  const ccm = doctor
    .command('ccm')
    .configureHelp(withoutDoctors)
    .description('say why downloads of CCM files through IHS do not work')
    .option('--httpd-conf <file>', 'the configuration of IHS, with the files that it includes')
    .option(
      '--system-out <files...>',
      "the CCM server's SystemOut logs: rotated ones too, in any order, plain or gzip; - is standard input",
    )
    .option('--properties <files...>', 'the copies of fncs-sitePrefs.properties')
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./doctor-ccm.ts'),
        (module, options: DoctorCcmOptions) => {
          const terminal = process.stderr.isTTY ? process.stderr : undefined
          return module.doctorCcm(options, { output, input: process.stdin, terminal })
        },
      ),
    )
  endHelp(ccm, {
    fine: 'no findings',
    findings: 'at least one finding',
    other:
      'a file that was named could not be read to its end, nothing could be judged, or anything else',
    examples: [
      [
        'doctor ccm --httpd-conf httpd.conf --system-out SystemOut*.log --properties a.properties b.properties',
        'look at everything',
      ],
      ['doctor ccm --system-out SystemOut.log --json', "the server's last start, for a script"],
    ],
  })
}

function addSametime(doctor: Command): void {
  const sametime = doctor
    .command('sametime')
    .configureHelp(withoutDoctors)
    .description('say whether Sametime asks this gate for photos, as each client does')
    .addOption(configOption())
    .addOption(photosOption())
    .option('--meetings <url>', 'the URL of a classic Meeting Server: https://meet.acme.example')
    .option('--person <address>', 'the mail address of somebody who has a photo')
    .option('--url <url>', "the gate's public URL: https://photos.acme.example")
    .option('--user-token <token>', 'what the Meeting Server replaces by the user')
    .option('--stproxyconfig <file>', 'stproxyconfig.xml of the Sametime Proxy')
    .option('--userinfoconfig <file>', 'UserInfoConfig.xml of the Community Server')
    .option('--ca <file>', 'authorities (PEM) that are trusted, too')
    .addOption(jsonOption())
    .action(
      lazy(
        () => import('./doctor-sametime.ts'),
        (module, options: DoctorSametimeOptions) => module.doctorSametime(options, { output }),
      ),
    )
  endHelp(sametime, {
    fine: 'no findings',
    findings: 'at least one finding',
    other:
      'a file or the server that was named could not be read, nothing could be judged, or anything else',
    examples: [
      [
        'doctor sametime --meetings https://meet.acme.example --url https://photos.acme.example --person joe@acme.example',
        "the Meeting Server's settings, and one photo",
      ],
      [
        'doctor sametime --stproxyconfig stproxyconfig.xml --userinfoconfig UserInfoConfig.xml',
        'two configuration files',
      ],
    ],
  })
}
