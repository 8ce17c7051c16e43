// Parameters of a query by a pattern. The query is not split: it can hold thousands of `&`.

/**
 * The first `maxPairs` matches of the pattern in the query of a request-target; the query begins with `?`. The pattern has
 * the flag `g`, and its groups are the name and the value.
 * @example findPairs(/(?:^\?|&)(a)=([^&]*)/g, { url: '/x?a=1&b=2&a=3', maxPairs: 2 }) // [['a', '1'], ['a', '3']]
 */
export function findPairs(
  pattern: RegExp,
  { url, maxPairs }: { readonly url: string; readonly maxPairs: number },
): [name: string, value: string][] {
  const question = url.indexOf('?')
  const pairs: [string, string][] = []
  if (question < 0) return pairs
  const query = url.slice(question)
  pattern.lastIndex = 0
  while (pairs.length < maxPairs) {
    const match = pattern.exec(query)
    if (match === null) break
    const [, name = '', value = ''] = match
    pairs.push([name, value])
  }
  return pairs
}
