// Whether the configuration can be used, and what is risky about it: what check says, as findings.

import type { Problem } from '../../config/document/problem.ts'
import type { Loaded } from '../../config/load.ts'
import type { Diagnosis, Finding } from '../finding.ts'

/** `name`: how to call the configuration in a sentence. */
export function checkConfiguration(name: string, loaded: Loaded): Diagnosis {
  const { problems, warnings } = loaded
  const findings = [
    ...problems.map(problem => findingOf(problem, 'config-problem')),
    ...warnings.map(warning => findCertificate(warning) ?? findingOf(warning, 'config-warning')),
  ]
  const fine = findings.length === 0 ? [`${name} has no problems and no warnings.`] : []
  return { findings, fine, unknown: [] }
}

function findingOf(problem: Problem, code: 'config-problem' | 'config-warning'): Finding {
  const { file, line, path, message } = problem
  const isProblem = code === 'config-problem'
  return {
    code,
    effect: isProblem ? 'breaks' : 'weakens',
    place: { file, ...(line === undefined ? {} : { line }) },
    seen: [path, message].filter(part => part !== '').join(' '),
    why: isProblem
      ? 'photogate does not start with this configuration, and does not apply it on reload.'
      : 'photogate serves with it, and it may not do what it was written for.',
    cure: ['Change the configuration as the message says, and run photogate check.'],
  }
}

// A certificate of the gate's own that ends is worse than other warnings: from that day on nobody gets a photo by TLS.
function findCertificate({ file, line, path, message, code }: Problem): Finding | undefined {
  if (code !== 'GATE_TLS_CERTIFICATE') return undefined
  const common = {
    place: { file, ...(line === undefined ? {} : { line }) },
    seen: `${path} ${message}`,
    cure: ['Renew the certificate and replace the files; serve takes them over without a restart.'],
  }
  if (message.startsWith('expires in')) {
    const why = 'From then on browsers and clients refuse the gate, and show no photo.'
    return { code: 'certificate-expires', effect: 'will-break', why, ...common }
  }
  if (!/^(?:has expired|is not valid before)/.test(message)) return undefined
  const why = 'Browsers and clients refuse the gate, and show no photo.'
  return { code: 'certificate-expired', effect: 'breaks', why, ...common }
}
