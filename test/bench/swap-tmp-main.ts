import { mkdtempSync } from 'node:fs'
import { measureSwap } from './swap-tmp.ts'
const m = await measureSwap({ home: mkdtempSync('/tmp/e-swap-'), photos: 200_000, rounds: 6, progress: t => console.log(new Date().toISOString(), t) })
console.log(JSON.stringify(m))
