// node task.mjs CONFIG FILE: writes the task of install.cmd, with this package's own paths, in the UTF-16 that schtasks
// reads.
import { writeFileSync } from 'node:fs'
import { win32 } from 'node:path'

const [config, file] = process.argv.slice(2)
const home = win32.resolve(win32.dirname(process.execPath), '..')

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const xml = text => text.replace(/[&<>"]/g, char => escapes[char])

// Task Scheduler calls a task that ends with an error a success, so RestartOnFailure alone would not start it again. The
// second trigger does, within a minute; IgnoreNew keeps it from a second photogate beside the first.
const task = `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>photogate: people's photos, to the right eyes only</Description>
  </RegistrationInfo>
  <Triggers>
    <BootTrigger>
      <Enabled>true</Enabled>
    </BootTrigger>
    <TimeTrigger>
      <Repetition>
        <Interval>PT1M</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Enabled>true</Enabled>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Service">
      <UserId>S-1-5-19</UserId>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>5</Priority>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>255</Count>
    </RestartOnFailure>
  </Settings>
  <Actions Context="Service">
    <Exec>
      <Command>${xml(process.execPath)}</Command>
      <Arguments>${xml(`"${win32.join(home, 'dist', 'cli.js')}" serve --config "${config}"`)}</Arguments>
      <WorkingDirectory>${xml(win32.dirname(config))}</WorkingDirectory>
    </Exec>
  </Actions>
</Task>
`
writeFileSync(file, `\ufeff${task.replaceAll('\n', '\r\n')}`, 'utf16le')
