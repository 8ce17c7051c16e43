// Amounts and points in time as people write them: `256MiB`, `5m`, `2027-03-01T00:00:00Z`.

const bytesOf: Record<string, number> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}
const secondsOf: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 }

/**
 * Bytes; undefined when the text is not a size.
 * @example parseSize('256KiB') // 262_144
 */
export function parseSize(text: string): number | undefined {
  return parseAmount(text, bytesOf)
}

/**
 * Seconds; undefined when the text is not a duration.
 * @example parseDuration('5m') // 300
 */
export function parseDuration(text: string): number | undefined {
  return parseAmount(text, secondsOf)
}

/**
 * Between 0 and 1; undefined when the text is not a percentage.
 * @example parseShare('10%') // 0.1
 */
export function parseShare(text: string): number | undefined {
  const [, digits] = /^(\d{1,3}(?:\.\d{1,3})?) ?%$/.exec(text) ?? []
  const share = Number(digits) / 100
  return digits === undefined || share > 1 ? undefined : share
}

const instant = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})$/

/** Milliseconds since the epoch; undefined unless day, time and zone are there (RFC 3339) and exist. */
export function parseInstant(text: string): number | undefined {
  const [, day] = instant.exec(text) ?? []
  // JavaScript takes the 30th of February for a day in March.
  if (day === undefined || !new Date(`${day}T00:00Z`).toJSON()?.startsWith(day)) return undefined
  const milliseconds = Date.parse(text)
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}

function parseAmount(text: string, units: Record<string, number>): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,9})([A-Za-z]+)$/.exec(text) ?? []
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor
}
