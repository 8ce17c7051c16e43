// Which view the page shows: the part of the URL behind #, so that a view can be bookmarked and sent to a colleague.
import { useEffect, useState } from 'preact/hooks'

export interface Route {
  /** The view's name. */
  readonly view: string
  readonly query: URLSearchParams
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const follow = () => setHash(location.hash)
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  const [view = '', query = ''] = hash.replace(/^#\/?/, '').split('?')
  return { view: view === '' ? 'overview' : view, query: new URLSearchParams(query) }
}

/** A link to a view. Empty values are left out. */
export function linkTo(view: string, query: Readonly<Record<string, string>> = {}): string {
  const text = new URLSearchParams(
    Object.entries(query).filter(([, value]) => value !== ''),
  ).toString()
  return `#/${view}${text === '' ? '' : `?${text}`}`
}

/** Replaces the view's query, without a step in the browser's history. */
export function replaceQuery(view: string, query: Readonly<Record<string, string>>): void {
  history.replaceState(null, '', linkTo(view, query))
}
