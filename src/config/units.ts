// Amounts as people write them: `256MiB`, `5m`.

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

/** Bytes, or undefined when the text is no size such as `256MiB`. */
export function parseSize(text: string): number | undefined {
  return parseAmount(text, bytesOf)
}

/** Seconds, or undefined when the text is no duration such as `5m`. */
export function parseDuration(text: string): number | undefined {
  return parseAmount(text, secondsOf)
}

function parseAmount(text: string, units: Record<string, number>): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,9})([A-Za-z]+)$/.exec(text) ?? []
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor
}
