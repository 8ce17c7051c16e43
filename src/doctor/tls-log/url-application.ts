// The application that a request asks: the first part of its path. Never a query, a file's name or a mail address.

const firstPart = /\/([\w-]{1,40})[/?;]/y
const maxMethod = 40
const maxHost = 300

/**
 * `at`: where the request begins. `/` for what lies at the root.
 * @example applicationOf('GET /files/basic/api/library?sI=601 HTTP/1.1', 0) // '/files/'
 */
export function applicationOf(line: string, at: number): string {
  const blank = line.indexOf(' ', at)
  if (blank < 0 || blank - at > maxMethod) return '/'
  return applicationOfTarget(line, blank + 1)
}

/** `start`: where the request-target begins, which may be in the absolute form: `https://host/files/`. */
export function applicationOfTarget(line: string, start: number): string {
  let path = start
  if (line[start] !== '/') {
    const host = line.indexOf('://', start)
    path = host < 0 || host - start > 5 ? -1 : line.indexOf('/', host + 3)
    if (path < 0 || path - host > maxHost) return '/'
  }
  firstPart.lastIndex = path
  const name = firstPart.exec(line)?.[1]
  return name === undefined ? '/' : `/${name}/`
}
