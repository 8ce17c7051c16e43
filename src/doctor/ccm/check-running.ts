// Whether the server runs with the values of the properties: they differ until it is restarted or deployed again.
import type { Diagnosis } from '../finding.ts'
import { cdhcKeys } from './announcement.ts'
import type { CdhcProperties } from './cdhc-properties.ts'
import { findProperty, meantValue } from './cdhc-properties.ts'
import { nothing } from './diagnosis.ts'
import { sameFolder } from './folder-name.ts'
import { formatStamp } from './log-stamp.ts'
import { announcedIn } from './run-state.ts'
import type { ServerRuns } from './server-runs.ts'

/** Compares with the copy in navigator.ear when it was named, and otherwise with every copy. */
export function checkRunning(
  servers: readonly ServerRuns[],
  files: readonly CdhcProperties[],
): Diagnosis {
  const deployed = files.filter(({ copy }) => copy === 'deployed')
  const compared = (deployed.length > 0 ? deployed : files).filter(each => each.entries.length > 0)
  if (compared.length === 0) return nothing
  const parts = servers.map(server => compareServer(server, compared))
  return {
    findings: parts.flatMap(({ findings }) => findings),
    fine: parts.flatMap(({ fine }) => fine),
    unknown: [],
  }
}

function compareServer(
  { server = 'The server', runs, order }: ServerRuns,
  files: readonly CdhcProperties[],
): Diagnosis {
  const run = runs?.at(-1)
  const announced = run && announcedIn(run)
  if (announced === undefined) return nothing
  const differing = files.flatMap(file =>
    cdhcKeys.flatMap(key => {
      const [running, property] = [announced.values.get(key), findProperty(file, key)]
      if (running === undefined || property === undefined) return []
      const written = meantValue(property)
      const isSame =
        key === 'cdhc_rootPath' ? sameFolder(running, written) : running.trim() === written
      return isSame ? [] : [{ key, running, written, file: file.file, line: property.line }]
    }),
  )
  const [first] = differing
  if (first === undefined) {
    return { ...nothing, fine: [`${server} runs with the values of the properties.`] }
  }
  const { place } = announced
  const since = place.at === undefined ? '' : ` ${formatStamp(place.at, order)}`
  const rows = differing.map(
    ({ key, running, written, file, line }) =>
      `${key} = ${running}, but ${file}:${line} has ${written}`,
  )
  return {
    ...nothing,
    findings: [
      {
        code: 'ccm-old-values',
        effect: 'will-break',
        place: { file: first.file, line: first.line },
        seen: `${server} announced${since}: ${rows.join('; ')}.`,
        why: 'The server runs with other values than the file has: it was not restarted since the change, or the change is in a copy that it does not read.',
        cure: [
          'Make the same change in navigator.ear/fncs.war/WEB-INF/classes, or deploy the application again.',
          'Restart the CCM server, and look at the values that it announces.',
        ],
      },
    ],
  }
}
