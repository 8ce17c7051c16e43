// Metrics of the program's run: probes, configuration, certificates and keys, handshakes, and the admin listener itself.
// Dates are time stamps, so that they are exact between two scrapes: days left are (x - time()) / 86400.
import { readyChecks } from '../probes.ts'
import type { Metric, MetricSource, Sample } from './metric.ts'
import { samplesOf, secondsOf, single } from './metric.ts'

export const runMetrics: readonly Metric[] = [
  {
    name: 'photogate_build_info',
    type: 'gauge',
    help: 'Always 1; its label says which photogate runs',
    labels: { version: 'of photogate' },
    read: ({ sources }) => [{ labels: { version: sources.version }, value: 1 }],
  },
  {
    name: 'photogate_ready',
    type: 'gauge',
    help: 'What /readyz says: 1, or 0 when no requests should be sent here',
    read: ({ sources }) => single(readyChecks(sources).every(({ isFine }) => isFine) ? 1 : 0),
  },
  {
    name: 'photogate_config_generation',
    type: 'gauge',
    help: 'Configurations that were applied since the start, the first one included',
    read: ({ sources }) => single(sources.configuration.generation),
  },
  {
    name: 'photogate_config_applied_timestamp_seconds',
    type: 'gauge',
    help: 'When the configuration that holds now was applied',
    read: ({ sources }) => single(secondsOf(sources.configuration.appliedMs)),
  },
  {
    name: 'photogate_config_last_reload_successful',
    type: 'gauge',
    help: 'Whether the last reload was applied: 1, or 0 when it was refused and the old configuration stays',
    read: ({ sources }) => single(sources.configuration.refused === undefined ? 1 : 0),
  },
  {
    name: 'photogate_config_refused_reloads_total',
    type: 'counter',
    help: 'Reloads that were refused',
    read: ({ sources }) => single(sources.configuration.refusals),
  },
  {
    name: 'photogate_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'When a certificate of listen or admin ends',
    labels: { listener: 'its place in the configuration', file: 'as the configuration names it' },
    read: readCertificates,
  },
  {
    name: 'photogate_ltpa_key_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'Until when LTPA keys count by the configuration; +Inf for keys without an end',
    labels: {
      key: 'the id of the keys, as `photogate keys` prints it',
      realms: 'what they vouch for',
    },
    read: readKeys,
  },
  {
    name: 'photogate_tls_handshakes_failed_total',
    type: 'counter',
    help: 'TLS handshakes that have failed, of all listeners',
    labels: { reason: 'as in the log: `no-shared-version`, `no-shared-cipher`, `timeout` …' },
    read: ({ sources }) => samplesOf('reason', sources.handshakes),
  },
  {
    name: 'photogate_admin_tokens_total',
    type: 'counter',
    help: 'Tokens that were sent to the admin listener',
    labels: {
      result: '`right`, `wrong`, or `wait` (wrong, after too many wrong ones)',
    },
    read: ({ access }) =>
      Object.entries(access.counts).map(([result, value]) => ({ labels: { result }, value })),
  },
  {
    name: 'photogate_admin_sessions',
    type: 'gauge',
    help: 'Sessions of administrators who have signed in',
    read: ({ access }) => single(access.sessions.size),
  },
  {
    name: 'photogate_admin_streams',
    type: 'gauge',
    help: 'Pages that get events now',
    read: ({ streams }) => single(streams.size),
  },
  {
    name: 'photogate_admin_streams_ended_total',
    type: 'counter',
    help: 'Pages that got no events any more: there were too many, or they did not keep up',
    labels: { reason: '`too-many` or `too-slow`' },
    read: ({ streams }) => [
      { labels: { reason: 'too-many' }, value: streams.refused },
      { labels: { reason: 'too-slow' }, value: streams.dropped },
    ],
  },
]

function readCertificates({ sources, access }: MetricSource): Sample[] {
  const { listen } = sources.live.current.settings
  const places = [
    ...listen.map((entry, at) => ({
      listener: `listen[${at}]`,
      tls: 'tls' in entry ? entry.tls : undefined,
    })),
    { listener: 'admin', tls: access.settings.tls },
  ]
  return places.flatMap(({ listener, tls }) =>
    firstEnds(tls?.certificates ?? []).map(([file, expiresMs]) => ({
      labels: { listener, file },
      value: expiresMs / 1_000,
    })),
  )
}

// A file may hold certificates of several names: the first end counts.
function firstEnds(
  certificates: readonly { readonly file: string; readonly expiresMs: number }[],
): [string, number][] {
  const ends = new Map<string, number>()
  for (const { file, expiresMs } of certificates)
    ends.set(file, Math.min(expiresMs, ends.get(file) ?? Infinity))
  return [...ends]
}

function readKeys({ sources }: MetricSource): Sample[] {
  const { keySets = [] } = sources.live.current.settings.ltpa ?? {}
  return keySets.map(({ keys, realms, notAfterMs = Infinity }) => ({
    labels: { key: keys.keyId, realms: realms.join(' ') },
    value: notAfterMs / 1_000,
  }))
}
