// Metrics of the photos: the index, the cache, files that are not served, and imports.
import { unservedKinds } from '../../photo/unserved-kind.ts'
import { importEndings } from '../sources.ts'
import type { Metric, MetricSource, Sample } from './metric.ts'
import { samplesOf, secondsOf, single } from './metric.ts'

const libraryOf = ({ sources }: MetricSource) => sources.live.current.library
const lastImport = ({ sources }: MetricSource) => sources.imports.ended.at(-1)

export const photoMetrics: readonly Metric[] = [
  {
    name: 'photogate_photos',
    type: 'gauge',
    help: 'Photos that the gate knows of',
    read: source => single(libraryOf(source).size),
  },
  {
    name: 'photogate_photos_scan_timestamp_seconds',
    type: 'gauge',
    help: 'When the photo folder was last read to its end; in between, the gate follows its events',
    read: source => single(secondsOf(libraryOf(source).facts().scannedMs)),
  },
  {
    name: 'photogate_photos_unserved',
    type: 'gauge',
    help: 'Files of the photo folder that are not served: by name and size, and by content once somebody has asked for them',
    labels: { reason: unservedKinds.map(kind => `\`${kind}\``).join(', ') },
    read: source => {
      const { unserved } = libraryOf(source).facts()
      return unservedKinds.map(kind => ({
        labels: { reason: kind },
        value: unserved.get(kind) ?? 0,
      }))
    },
  },
  {
    name: 'photogate_cache_hits_total',
    type: 'counter',
    help: 'Photos that were answered from memory',
    read: ({ sources }) => single(sources.cache.hits),
  },
  {
    name: 'photogate_cache_misses_total',
    type: 'counter',
    help: 'Photos that were read from the disk, or waited for that',
    read: ({ sources }) => single(sources.cache.misses),
  },
  {
    name: 'photogate_cache_bytes',
    type: 'gauge',
    help: 'Memory of the photos in the cache',
    read: source => single(libraryOf(source).facts().cache.bytes),
  },
  {
    name: 'photogate_cache_max_bytes',
    type: 'gauge',
    help: 'What the cache may take: photos.cache of the configuration',
    read: source => single(libraryOf(source).facts().cache.maxBytes),
  },
  {
    name: 'photogate_cache_photos',
    type: 'gauge',
    help: 'Photos in the cache',
    read: source => single(libraryOf(source).facts().cache.photos),
  },
  {
    name: 'photogate_imports_total',
    type: 'counter',
    help: 'Imports that this gate has started and that have ended',
    labels: {
      result:
        '`fine`, `findings` (something new is to be looked at), `failed` or `stopped`, as in the log',
    },
    read: ({ sources }) =>
      importEndings.map(result => ({ labels: { result }, value: sources.imports.ends[result] })),
  },
  {
    name: 'photogate_import_running',
    type: 'gauge',
    help: 'Whether an import of this gate runs: 1 or 0',
    read: ({ sources }) => single(sources.imports.runningSinceMs === undefined ? 0 : 1),
  },
  {
    name: 'photogate_import_end_timestamp_seconds',
    type: 'gauge',
    help: 'When an import of this gate last ended so; missing before the first',
    labels: { result: 'as of `photogate_imports_total`' },
    read: ({ sources }) => {
      const ends = new Map(sources.imports.ended.map(({ result, endedMs }) => [result, endedMs]))
      return samplesOf('result', ends).map(({ labels = {}, value }) => ({
        labels,
        value: value / 1_000,
      }))
    },
  },
  {
    name: 'photogate_import_journal_timestamp_seconds',
    type: 'gauge',
    help: 'When an import last wrote its journal, also one that cron or an administrator has started; missing when there is none',
    read: ({ journalMs }) => single(secondsOf(journalMs)),
  },
  {
    name: 'photogate_import_next_timestamp_seconds',
    type: 'gauge',
    help: 'When the next scheduled import starts; missing without a schedule',
    read: ({ sources }) => single(secondsOf(sources.imports.nextMs)),
  },
  {
    name: 'photogate_import_duration_seconds',
    type: 'gauge',
    help: 'How long the last import of this gate took',
    read: source => single(secondsOf(durationOf(source))),
  },
  {
    name: 'photogate_import_photos',
    type: 'gauge',
    help: 'What became of the photos in the last import of this gate',
    labels: {
      outcome:
        '`added`, `changed`, `unchanged`, `removed`, `quarantined` and others, as in the log',
    },
    read: readImportPhotos,
  },
]

function durationOf(source: MetricSource): number | undefined {
  const last = lastImport(source)
  return last && last.endedMs - last.startedMs
}

function readImportPhotos(source: MetricSource): Sample[] {
  return Object.entries(lastImport(source)?.counters ?? {}).map(([outcome, value]) => ({
    labels: { outcome },
    value,
  }))
}
