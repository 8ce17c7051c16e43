// What OpenSSL says of an error, without the names of its functions, files and lines.

/** @example opensslWords('80AC:error:0A00018F:SSL routines::ee key too small:../ssl_rsa.c:221:') // 'ee key too small' */
export function opensslWords(message: string): string {
  return /^(?:[\dA-F]+:)?error:[\dA-F]+:[^:]*:[^:]*:([^:\n]*)/.exec(message)?.[1] ?? message
}
