// Days left of certificates: of the authorities in files, and of the servers that photos and the ledger come from.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:tls'
import type { Listen } from '../../config/listen/settings.ts'
import { printable } from '../../text/printable.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'

const msPerDay = 86_400_000
/** A certificate that is renewed by hand takes weeks; one by ACME is renewed 30 days before its end. */
const warnDays = 21

/** `file`: the PEM file of an authority. */
export async function checkAuthorityFile(file: string, nowMs: number): Promise<Diagnosis> {
  const text = await readFile(file, 'latin1')
  const found = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  const ends = found.map(pem => Date.parse(new X509Certificate(pem).validTo))
  if (ends.length === 0) {
    return diagnosisOf({ unknown: [`${file} holds no certificate in PEM form.`] })
  }
  // A file of many authorities may have old ones among them.
  return judgeEnd({ what: `The authority in ${file}`, endMs: Math.max(...ends), nowMs, file })
}

/** Certificates of the gate's own: those that end soon are warnings of the configuration already. */
export function checkListenCertificates(listen: readonly Listen[], nowMs: number): Diagnosis {
  const certificates = listen.flatMap(each => ('tls' in each ? (each.tls?.certificates ?? []) : []))
  const good = new Map(
    certificates
      .filter(({ expiresMs }) => expiresMs - nowMs >= warnDays * msPerDay)
      .map(certificate => [certificate.file, certificate]),
  )
  const told = [...good.values()].map(
    ({ file, names, expiresMs }) =>
      judgeEnd({
        what: `The gate's certificate ${file} (${names.join(', ')})`,
        endMs: expiresMs,
        nowMs,
      }).fine,
  )
  return diagnosisOf({ fine: told.flat() })
}

export interface TlsServer {
  /** Begins a sentence: `The server of ldap ldaps://ad.acme.example`. */
  readonly what: string
  readonly host: string
  readonly port: number
}

/** Reads when the server's certificate ends. Whether it is trusted is for the check of that server to say. */
export async function checkServerCertificate(
  { what, host, port }: TlsServer,
  { nowMs, signal }: { readonly nowMs: number; readonly signal: AbortSignal },
): Promise<Diagnosis> {
  const endMs = await readEnd(host, port, signal)
  if (endMs === undefined) {
    return diagnosisOf({ unknown: [`${what} shows no certificate at ${host}:${port}.`] })
  }
  return judgeEnd({ what: `The certificate of ${host}:${port}`, endMs, nowMs })
}

// Nothing is sent on this connection, so it need not be trusted.
function readEnd(host: string, port: number, signal: AbortSignal): Promise<number | undefined> {
  return new Promise(resolve => {
    const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host }
    const socket = connect({ host, port, ...servername, rejectUnauthorized: false })
    const end = (value: number | undefined) => {
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      resolve(value)
    }
    const onAbort = () => end(undefined)
    signal.addEventListener('abort', onAbort)
    socket.on('error', onAbort).on('close', onAbort)
    socket.on('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate()
      end(certificate === undefined ? undefined : Date.parse(certificate.validTo))
    })
  })
}

interface CertificateEnd {
  readonly what: string
  readonly endMs: number
  readonly nowMs: number
  readonly file?: string
}

function judgeEnd({ what, endMs, nowMs, file }: CertificateEnd): Diagnosis {
  const days = Math.floor((endMs - nowMs) / msPerDay)
  const date = new Date(endMs).toISOString().slice(0, 10)
  if (days >= warnDays) {
    return diagnosisOf({ fine: [`${printable(what)} is good until ${date}, ${days} days.`] })
  }
  const cure = [
    file === undefined
      ? 'Renew it on that server, and restart what uses it.'
      : 'Put the new certificate of the authority beside the old one in the file.',
  ]
  const place = file === undefined ? {} : { place: { file } }
  const finding: Finding =
    endMs <= nowMs
      ? {
          code: 'certificate-expired',
          effect: 'breaks',
          ...place,
          seen: `${printable(what)} ended on ${date}.`,
          why: 'Connections by it fail, and what comes over them stays away.',
          cure,
        }
      : {
          code: 'certificate-expires',
          effect: 'will-break',
          ...place,
          seen: `${printable(what)} ends on ${date}, in ${days === 1 ? 'one day' : `${days} days`}.`,
          why: 'From then on connections by it fail, and what comes over them stays away.',
          cure,
        }
  return diagnosisOf({ findings: [finding] })
}
