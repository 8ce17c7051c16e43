// The client headers other than X-Forwarded-For, behind real fronts that run the printed snippets.
import t from 'tap'
import { frontConfig, frontPhotos, fronts, knowsTheClient } from '../fixtures/claims.ts'
import { startGate } from '../fixtures/gate.ts'

for (const [name, startFront] of Object.entries(fronts)) {
  for (const clientHeader of ['forwarded', 'x-real-ip', '$wsra']) {
    t.test(`behind ${name}, by ${clientHeader}`, async t => {
      const config = frontConfig(clientHeader)
      const gate = await startGate(t, { config, photos: frontPhotos })
      const front = await startFront(t, { gate, config })
      if (front !== undefined) await knowsTheClient(t, gate, front)
    })
  }
}
