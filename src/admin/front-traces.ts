// Traces of a front (reverse proxy) in a request. A ProxyPass to this listener would publish the page, because the front's
// requests come from this machine. Not every front leaves traces; a token is the only sure protection.
import type { IncomingMessage } from 'node:http'

// `$ws...` are those of the WebSphere plug-in.
const traces =
  /^(?:via|forwarded|x-forwarded(?:-.*)?|x-real-ip|x-client-ip|x-cluster-client-ip|x-original-.*|x-envoy-.*|true-client-ip|cf-.*|cdn-loop|\$ws.*)$/i

/** Whether a front has passed the request on. HTTP/1.0 is what nginx speaks by default, and no browser does. */
export function hasFrontTraces({ rawHeaders, httpVersion }: IncomingMessage): boolean {
  return httpVersion !== '1.1' || rawHeaders.some((text, at) => at % 2 === 0 && traces.test(text))
}
