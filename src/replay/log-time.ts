// The time of a log line, `%t` without its brackets: `26/Nov/2026:02:23:27 +0100`.

const pattern =
  /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d{1,9})? ([+-])(\d\d)([0-5]\d)$/
const months = 'JanFebMarAprMayJunJulAugSepOctNovDec'

// Lines of one second follow each other.
let lastText = ''
let lastMs: number | undefined

/**
 * Milliseconds since the epoch, in whole seconds; undefined when it is not such a time.
 * @example parseLogTime('01/Jan/1970:01:00:10 +0100') // 10_000
 */
export function parseLogTime(text: string): number | undefined {
  if (text !== lastText) {
    lastMs = readTime(text)
    lastText = text
  }
  return lastMs
}

function readTime(text: string): number | undefined {
  const [, day, name = '', year, hour, minute, second, sign, zoneHours, zoneMinutes] =
    pattern.exec(text) ?? []
  const month = months.indexOf(name)
  if (day === undefined || month % 3 !== 0) return undefined
  const local = Date.UTC(
    Number(year),
    month / 3,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  )
  const zoneMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000
  return sign === '-' ? local + zoneMs : local - zoneMs
}
