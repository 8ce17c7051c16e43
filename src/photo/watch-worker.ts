// The thread in which a photo directory is watched. Nothing but the wiring of directory-watch.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { watchDirectory } from './directory-watch.ts'

watchDirectory(workerData.directory, report => parentPort?.postMessage(report), workerData.options)
