// Error texts for an LDAP server's refusals, each with advice. The server's diagnostics of a failed bind are never
// quoted.
import type { LdapSettings } from '../../../config/supply/settings.ts'
import { tlsErrorText } from '../certificates.ts'

/** Result codes of RFC 4511 appendix A that mean something here. */
export const resultCodes = {
  operationsError: 1,
  protocolError: 2,
  timeLimitExceeded: 3,
  sizeLimitExceeded: 4,
  authMethodNotSupported: 7,
  strongerAuthRequired: 8,
  referral: 10,
  adminLimitExceeded: 11,
  unavailableCriticalExtension: 12,
  confidentialityRequired: 13,
  noSuchAttribute: 16,
  undefinedAttributeType: 17,
  inappropriateMatching: 18,
  noSuchObject: 32,
  invalidDNSyntax: 34,
  inappropriateAuthentication: 48,
  invalidCredentials: 49,
  insufficientAccessRights: 50,
  busy: 51,
  unavailable: 52,
  unwillingToPerform: 53,
} as const

/** The result code of the server's answer; undefined when there was no answer and the connection is at fault. */
export function resultCodeOf(error: unknown): number | undefined {
  const { code } = error as { code?: unknown }
  return typeof code === 'number' ? code : undefined
}

// Microsoft's sub-codes in Active Directory's diagnostics of a bind.
const bindReasons: Record<string, string> = {
  '525': 'knows no such user',
  '52e': 'refuses the password',
  '530': 'does not admit the user at this hour',
  '531': 'does not admit the user from this machine',
  '532': 'says that the password has expired',
  '533': 'says that the account is disabled',
  '701': 'says that the account has expired',
  '773': 'requires a new password first',
  '775': 'has locked the account',
}

/** Worded to follow the server's URL. */
export function bindErrorText(error: unknown, settings: LdapSettings): string {
  const { bind, passwordFile } = settings
  const code = resultCodeOf(error)
  if (bind === undefined) {
    if (code === undefined) return linkErrorText(error, settings)
    return code === resultCodes.confidentialityRequired
      ? searchErrorText(error, settings)
      : 'does not allow anonymous access; write bind and passwordFile'
  }
  switch (code) {
    case resultCodes.invalidCredentials: {
      const reason = /\bdata ([0-9a-f]{3}),/i.exec((error as Error).message)?.[1]?.toLowerCase()
      const words = bindReasons[reason ?? ''] ?? 'refuses user or password'
      return `${words}: check bind (${bind}) and what is in ${passwordFile}`
    }
    case resultCodes.invalidDNSyntax:
      return `does not accept bind (${bind}) as a DN; write it in full, as cn=reader,dc=acme,dc=example`
    case resultCodes.inappropriateAuthentication:
      return `has no password for ${bind}; check bind`
    case resultCodes.noSuchObject:
      return `has no entry ${bind}; check bind`
    case resultCodes.unwillingToPerform:
    case resultCodes.authMethodNotSupported:
      return `does not take a password from ${bind} (code ${code}); ask its administrator`
    default:
      return code === undefined ? linkErrorText(error, settings) : searchErrorText(error, settings)
  }
}

/** Worded to follow the server's URL. */
export function searchErrorText(error: unknown, settings: LdapSettings): string {
  const { base, bind, pageSize } = settings
  const code = resultCodeOf(error)
  switch (code) {
    case undefined:
      return linkErrorText(error, settings)
    case resultCodes.strongerAuthRequired:
    case resultCodes.confidentialityRequired:
      return 'requires an encrypted connection; write ldaps://, or startTls: true'
    case resultCodes.noSuchObject:
      return `has no entry ${base}, or does not show it to ${bind ?? 'anonymous users'}; check base`
    case resultCodes.invalidDNSyntax:
      return `does not accept base (${base}) as a DN; write it as dc=acme,dc=example`
    case resultCodes.sizeLimitExceeded:
    case resultCodes.adminLimitExceeded:
      return `does not return ${pageSize} entries at once (code ${code}); write a smaller pageSize, or have its limits raised for ${bind ?? 'anonymous users'}`
    case resultCodes.timeLimitExceeded:
      return 'exceeded its time limit; write a filter over attributes that it indexes, or a smaller pageSize'
    case resultCodes.referral:
      return `says that another server has ${base}; write that server's URL`
    case resultCodes.insufficientAccessRights:
      return `does not let ${bind ?? 'anonymous users'} read ${base}; ask its administrator for that right`
    case resultCodes.operationsError:
      if (bind === undefined) return 'shows nothing to anonymous users; write bind and passwordFile'
      break
    case resultCodes.busy:
    case resultCodes.unavailable:
      return 'is too busy or closing down; try again later'
  }
  return `answers with code ${code}: ${(error as Error).message.slice(0, 300)}`
}

/** Worded to follow the server's URL: the connection could not be made, or was lost. */
export function linkErrorText(error: unknown, { caFile, startTls }: LdapSettings): string {
  const tlsText = tlsErrorText(error, caFile)
  if (tlsText !== undefined) return tlsText
  const { code, message } = error as { code?: unknown; message: string }
  const hint = startTls ? 'is it up, and does it support StartTLS?' : 'is it up, and the URL right?'
  // With several lines the last one has the cause.
  const words = message.split('\n').at(-1) as string
  return `cannot be reached, or went away; ${hint} (${typeof code === 'string' ? code : words})`
}
