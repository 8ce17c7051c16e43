// From the configuration's text on the photo supply to the settings of an import.
import type { Static } from 'typebox'
import { defaultOf } from '../schema/parts.ts'
import { parseDuration, parseShare, parseSize } from '../units.ts'
import type { SourceInput } from './build-source.ts'
import { buildSource } from './build-source.ts'
import { fit as fitSchema, supply } from './schema.ts'
import type { FitSettings, SourceSettings, SupplySettings } from './settings.ts'

type SupplyText = Static<typeof supply>

// Smaller photos hardly show a face.
const minFitBytes = 2_000
// Sametime's clients show none that are larger (HCL, admin_st_buscard).
const maxFitBytes = 45_000

/** Usable only when the findings have no problems afterwards. */
export function buildSupply(input: SourceInput, text: SupplyText): SupplySettings {
  const {
    maxRemovals = defaultOf(supply, 'maxRemovals'),
    removeAfter = defaultOf(supply, 'removeAfter'),
    timeLimit = defaultOf(supply, 'timeLimit'),
  } = text
  const timeLimitSeconds = parseDuration(timeLimit) as number
  if (timeLimitSeconds === 0) {
    const message = `leaves no time to import anything; write ${defaultOf(supply, 'timeLimit')}`
    input.findings.refuse(['supply', 'timeLimit'], message)
  }
  return {
    fit: buildFit(input, text.fit ?? {}),
    removeAfterSeconds: parseDuration(removeAfter) as number,
    maxRemovals:
      typeof maxRemovals === 'number'
        ? { count: maxRemovals }
        : { share: parseShare(maxRemovals) as number },
    schedule: text.schedule,
    timeLimitSeconds,
    sources: buildSources(input, text.sources ?? []),
  }
}

function buildFit(
  { findings }: SourceInput,
  {
    maxPixels = defaultOf(fitSchema, 'maxPixels'),
    maxBytes = defaultOf(fitSchema, 'maxBytes'),
  }: NonNullable<SupplyText['fit']>,
): FitSettings {
  const advice = `write ${defaultOf(fitSchema, 'maxBytes')}`
  const bytes = parseSize(maxBytes) as number
  const place = ['supply', 'fit', 'maxBytes']
  if (bytes < minFitBytes) {
    findings.refuse(place, `"${maxBytes}" leaves no room for a photo; ${advice}`)
  } else if (bytes > maxFitBytes) {
    const message = `"${maxBytes}" is more than Sametime shows (HCL: under 45 KB); ${advice}`
    findings.warn(place, message)
  }
  return { maxPixels, maxBytes: bytes }
}

function buildSources(input: SourceInput, texts: SupplyText['sources']): SourceSettings[] {
  const firstOf = new Map<string, number>()
  return texts.flatMap((text, at) => {
    const place = ['supply', 'sources', at]
    const source = buildSource(input, place, text)
    if (source === undefined) return []
    const isNamed = text.name !== undefined
    const identity = isNamed ? source.id : whereOf(source)
    const first = firstOf.get(identity)
    if (first !== undefined) {
      const message = isNamed
        ? `has the name of sources[${first}]; give it another`
        : `is sources[${first}] again; take it out, or give it a name if it is another`
      input.findings.refuse(place, message)
    }
    firstOf.set(identity, first ?? at)
    return [source]
  })
}

// Equal for two spellings of one place.
function whereOf(source: SourceSettings): string {
  switch (source.kind) {
    case 'folder':
    case 'tdiDump':
      return `${source.kind} ${source.folder}`
    case 'ldap':
    case 'connections':
      return `${source.kind} ${source.url.toLowerCase().replace(/\/$/, '')}`
    case 'sftp': {
      const { user, host, port, folder } = source
      return `sftp ${user}@${host.toLowerCase()}:${port} ${folder.replace(/\/$/, '')}`
    }
  }
}
