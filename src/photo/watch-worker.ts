// The worker thread that watches a photo directory. Only wires directory-watch.ts to its messages.
import { parentPort, workerData } from 'node:worker_threads'
import { watchDirectory } from './directory-watch.ts'
import { buildReportOutbox } from './report-outbox.ts'
import { runWatchCommand } from './watch-command.ts'

const outbox = buildReportOutbox(delivery => parentPort?.postMessage(delivery))
const watch = watchDirectory(workerData.directory, outbox.put, workerData.options)
parentPort?.on('message', message => runWatchCommand({ outbox, watch }, message))
