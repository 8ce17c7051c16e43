// Behind real fronts that have the printed snippets, doctor finds nothing.
import t from 'tap'
import type { FrontKind, Site } from '../fixtures/doctored-front.ts'
import { diagnoseSites, siteConfig } from '../fixtures/doctored-front.ts'

const clean: Site[] = [
  {
    title: 'there are no findings, also after a wait',
    codes: [],
    isAlone: true,
    setup: { waits: true },
  },
  { title: 'there are none without the log', codes: [], setup: { lines: undefined } },
  { title: 'there are none without a photo', codes: [], setup: { photo: undefined } },
  ...['x-real-ip', 'forwarded', '$wsra'].map(header => ({
    title: `there are none where the front names the client in ${header}`,
    codes: [],
    config: siteConfig({ header }),
  })),
]

for (const kind of ['apache', 'ihs', 'nginx', 'caddy'] as FrontKind[]) {
  t.test(`${kind} with the printed snippet`, t => diagnoseSites(t, kind, { sites: clean }))
}
