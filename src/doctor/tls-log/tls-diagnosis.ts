// What the logs say of TLS, as a diagnosis.
import { printable } from '../../text/printable.ts'
import type { Diagnosis } from '../finding.ts'
import { findOldClients } from './old-client-findings.ts'
import { findRefusedClients } from './refused-finding.ts'
import type { TlsCensus } from './tls-census.ts'
import type { TlsLog, TlsLogs } from './tls-logs.ts'
import { counted, describePeriod, number } from './usage-words.ts'
import { findWeakCiphers } from './weak-cipher-findings.ts'

type TlsReading = ReturnType<TlsLogs['result']>

export function diagnoseTls({ logs, census }: TlsReading): Diagnosis {
  const old = findOldClients(census)
  return {
    findings: [...findRefusedClients(census), ...old.findings, ...findWeakCiphers(census)],
    fine: [...describeModern(census), ...old.fine],
    unknown: describeUnknown(logs, census),
  }
}

function describeModern({ requests, firstMs, lastMs, weak }: TlsCensus): string[] {
  const { modern, old, suites } = requests
  if (modern === 0) return []
  const [from, to] = firstMs > lastMs ? [] : [firstMs, lastMs]
  return [
    `${number(modern)} of ${counted(modern + old, 'request')} over TLS came with TLS 1.2 or newer, ${describePeriod(from, to)}.`,
    ...(suites > 0 && weak.size === 0 ? ['None of them used a weak cipher suite.'] : []),
  ]
}

function describeUnknown(logs: readonly TlsLog[], census: TlsCensus): string[] {
  const { plain } = census.requests
  const isIncomplete =
    census.budgets.old.left <= 0 ||
    census.budgets.modern.left <= 0 ||
    census.old.top(0).isIncomplete
  return [
    ...logs.flatMap(describeLog),
    ...(plain > 0
      ? [
          `${counted(plain, 'request')} came without TLS: what these clients could speak is not known.`,
        ]
      : []),
    ...(logs.some(({ errorLines, gateLines }) => errorLines + gateLines > 0)
      ? []
      : [
          'No error log was given: clients that are refused already are in error logs only (IHS: SSL0222W).',
        ]),
    ...(logs.some(({ requests }) => requests > 0)
      ? []
      : ['No access log was given: which programs still speak old versions is not known.']),
    ...(isIncomplete
      ? [
          'There are too many clients or programs to count them all: their numbers are lower bounds.',
        ]
      : []),
  ]
}

function describeLog(log: TlsLog): string[] {
  const { errorLines, refused, requests, untold, notUnderstood, firstNotUnderstood } = log
  const file = printable(log.file)
  return [
    ...(untold > 0
      ? [`${file}: ${number(untold)} of ${counted(requests, 'request')} have no TLS version.`]
      : []),
    ...(errorLines > 0 && refused === 0
      ? [
          `${file} has no refused handshake; Apache (LogLevel ssl:info) and nginx (error_log FILE info) write them at level info only.`,
        ]
      : []),
    ...(notUnderstood > 0
      ? [
          `${file}: ${counted(notUnderstood, 'line')} of ${number(log.lines)} not understood, the first is line ${number(firstNotUnderstood ?? 0)}.`,
        ]
      : []),
  ]
}

/** Why the logs say nothing of TLS; undefined when they say something. Otherwise they would look as if all were well. */
export function whyNothing({ logs, census }: TlsReading): string | undefined {
  const sum = (key: 'lines' | 'requests' | 'encrypted' | 'errorLines' | 'gateLines' | 'refused') =>
    logs.reduce((total, log) => total + log[key], 0)
  const conclusion = 'so this says nothing about TLS'
  if (sum('lines') === 0) return `there is no line in the log at all, ${conclusion}`
  if (sum('requests') + sum('errorLines') + sum('refused') === 0) {
    return 'not one line is of an access log or error log that photogate reads'
  }
  if (sum('requests') === 0 || sum('encrypted') > 0 || sum('refused') > 0) return undefined
  if (census.requests.untold === 0) {
    return `every request came without TLS, ${conclusion}; read the log of the server that ends TLS`
  }
  return `no request has a TLS version, ${conclusion}; let the server log it, and come again in some days.
${formatLines}`
}

// The combined format, and the two fields behind it.
const combined = String.raw`%h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"`
const formatLines = `IHS:    LogFormat "${combined} %{HTTPS_CIPHER}e %{SSL_PROTOCOL_VERSION}e" tls
        CustomLog logs/tls_log tls
Apache: LogFormat "${combined} %{SSL_PROTOCOL}x %{SSL_CIPHER}x" tls
        CustomLog logs/tls_log tls
nginx:  log_format tls '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
                       '"$http_referer" "$http_user_agent" $ssl_protocol $ssl_cipher';
        access_log /var/log/nginx/tls.log tls;`
