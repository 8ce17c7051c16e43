// Names of folders as Windows and other systems write them. Does not look at the disk.

/** With forward slashes and without one at the end; in lower case where the name is Windows'. */
export function plainFolder(path: string): string {
  const slashed = path.trim().replaceAll('\\', '/')
  const lead = slashed.startsWith('//') ? '/' : ''
  const plain = lead + slashed.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')
  return isWindowsPath(plain) ? plain.toLowerCase() : plain
}

export function isWindowsPath(path: string): boolean {
  return /^[a-z]:/i.test(path) || /^[/\\]{2}[^/\\]/.test(path)
}

/** @example sameFolder('D:\\IBM\\ccmcache', 'd:/ibm/ccmcache/') // true */
export function sameFolder(a: string, b: string): boolean {
  return plainFolder(a) === plainFolder(b)
}

/** Whether the folder is the other one, or in it. */
export function isWithin(folder: string, other: string): boolean {
  const [inner, outer] = [plainFolder(folder), plainFolder(other)]
  return inner === outer || inner.startsWith(outer.endsWith('/') ? outer : `${outer}/`)
}

/**
 * Whether two different names can still be one folder, seen from two machines: the last parts are the same, and they do
 * not stand on one drive or share.
 */
export function mayBeSameFolder(a: string, b: string): boolean {
  const [one, two] = [plainFolder(a), plainFolder(b)]
  const last = (path: string) => path.toLowerCase().split('/').at(-1)
  return last(one) === last(two) && rootOf(one) !== rootOf(two)
}

function rootOf(path: string): string {
  return /^(?:[a-z]:|\/\/[^/]+\/[^/]+|\/[^/]*)/.exec(path)?.[0] ?? ''
}
