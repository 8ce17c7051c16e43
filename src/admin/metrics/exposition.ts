// The text of /metrics, in the format of Prometheus or in OpenMetrics, written by prom-client. Adds its metrics of the
// process: CPU, memory, the event loop, garbage collection.
import type { Metric as ClientMetric, RegistryContentType } from 'prom-client'
import { collectDefaultMetrics, Registry } from 'prom-client'
import type { Metric, MetricSource } from './metric.ts'
import { photoMetrics } from './photo-metrics.ts'
import { requestMetrics } from './request-metrics.ts'
import { runMetrics } from './run-metrics.ts'
import { shadowMetrics } from './shadow-metrics.ts'

/** Our own, in the order of the reference. */
export const metrics: readonly Metric[] = [
  ...requestMetrics,
  ...photoMetrics,
  ...runMetrics,
  ...shadowMetrics,
]

export interface Exposition {
  readonly contentType: string
  readonly text: string
}

// Once for the process: each would watch the event loop and the garbage collector anew.
let processMetrics: Registry | undefined

/** Begins to watch the process. The first figures of the event loop are those of the time since then. */
export function watchProcess(): void {
  if (processMetrics !== undefined) return
  processMetrics = new Registry()
  collectDefaultMetrics({ register: processMetrics })
}

/**
 * `accept`: as the client has sent it. A registry for each scrape, because prom-client renames counters for OpenMetrics
 * and would keep that name.
 */
export async function expose(
  source: MetricSource,
  accept: string | undefined,
): Promise<Exposition> {
  const registry = new Registry<RegistryContentType>()
  registry.setContentType(contentTypeFor(accept))
  for (const { name, type, help, read } of metrics) {
    register(registry, { name, type, help }, async () =>
      read(source).map(({ labels = {}, value, suffix }) => ({
        ...{ labels, value },
        ...(suffix === undefined ? {} : { metricName: name + suffix }),
      })),
    )
  }
  for (const metric of (processMetrics?.getMetricsAsArray() ?? []) as unknown as ReadableMetric[]) {
    const { name, type, help, values } = await metric.get()
    register(registry, { name, type, help }, async () => values)
  }
  return { contentType: registry.contentType, text: await registry.metrics() }
}

interface MetricHead {
  readonly name: string
  readonly type: string
  readonly help: string
}

interface ReadableMetric {
  get(): Promise<MetricHead & { readonly values: readonly unknown[] }>
}

// The registry asks nothing of a metric but its name, its type and get().
function register(
  registry: Registry<RegistryContentType>,
  head: MetricHead,
  read: () => Promise<readonly unknown[]>,
): void {
  const metric = {
    ...head,
    async get() {
      return { ...head, name: this.name, values: await read() }
    },
  }
  registry.registerMetric(metric as unknown as ClientMetric)
}

function contentTypeFor(accept = ''): RegistryContentType {
  return /\bapplication\/openmetrics-text\b(?![^,]*;\s*q=0(?:\.0*)?(?:[;,\s]|$))/.test(accept)
    ? Registry.OPENMETRICS_CONTENT_TYPE
    : Registry.PROMETHEUS_CONTENT_TYPE
}
