// The certificate of the servers that speak TLS: RSA of 2048 bits, as most authorities issue it.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export interface BenchCertificate {
  readonly certFile: string
  readonly keyFile: string
}

/** In the server's own folder. */
export function writeCertificate(home: string): BenchCertificate {
  const [certFile, keyFile] = [join(home, 'cert.pem'), join(home, 'key.pem')]
  if (!existsSync(certFile)) {
    execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-days',
          '2',
          '-subj',
          '/CN=localhost',
        ],
        ...['-addext', 'subjectAltName=DNS:localhost', '-keyout', keyFile, '-out', certFile],
      ],
      { stdio: 'ignore' },
    )
  }
  return { certFile, keyFile }
}

// The same versions and ciphers for all, and what each has on by itself: session tickets.
export const tls12Ciphers = 'ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384'
