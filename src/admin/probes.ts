// Probes as Kubernetes and load balancers ask them. /livez: the program answers, so a restart would cure nothing.
// /startupz: it listens, and the photos were read once. /readyz: requests for photos may be sent here now.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AdminSources } from './sources.ts'

export interface ProbeCheck {
  readonly name: string
  readonly isFine: boolean
  /** In words. */
  readonly text: string
}

const probe = { config: { access: 'probe' as const } }

export function addProbes(admin: FastifyInstance, sources: AdminSources): void {
  let hasStarted = false
  admin.get('/livez', probe, async (request, reply) => sendChecks(request, reply, []))
  admin.get('/startupz', probe, async (request, reply) => {
    const checks = startChecks(sources)
    // A reload to another photo folder is not another start.
    hasStarted ||= checks.every(isFine)
    return sendChecks(request, reply, hasStarted ? [] : checks)
  })
  admin.get('/readyz', probe, async (request, reply) =>
    sendChecks(request, reply, readyChecks(sources)),
  )
}

// The words say what stands in the configuration. The guard lets a probe with a query through only after signing in.
function sendChecks(
  { originalUrl }: FastifyRequest,
  reply: FastifyReply,
  checks: readonly ProbeCheck[],
): FastifyReply {
  const isGood = checks.every(isFine)
  const words = /[?&]verbose\b/.test(originalUrl) ? checks.map(lineOf).join('') : ''
  return reply
    .code(isGood ? 200 : 503)
    .type('text/plain; charset=utf-8')
    .send(`${words}${isGood ? 'ok' : 'not ok'}\n`)
}

const isFine = ({ isFine }: ProbeCheck) => isFine
const lineOf = ({ name, isFine, text }: ProbeCheck) => `[${isFine ? '+' : '-'}] ${name}: ${text}\n`

function startChecks({ phase, live }: AdminSources): ProbeCheck[] {
  const { isScanned } = live.current.library
  return [
    {
      name: 'listening',
      isFine: phase !== 'starting',
      text: phase === 'starting' ? 'the addresses of listen are being opened' : 'yes',
    },
    {
      name: 'photos-read',
      isFine: isScanned,
      text: isScanned
        ? 'the photos were read once'
        : 'the photos are being read for the first time',
    },
  ]
}

export function readyChecks(sources: AdminSources): ProbeCheck[] {
  const { phase, live } = sources
  const { library } = live.current
  const trouble = library.trouble
  const isReady = library.isReady
  return [
    ...startChecks(sources),
    {
      name: 'not-stopping',
      isFine: phase !== 'stopping',
      text: phase === 'stopping' ? 'the gate is stopping; send requests elsewhere' : 'yes',
    },
    {
      name: 'photos',
      isFine: isReady,
      text: isReady
        ? `${library.size} photos are known`
        : (trouble ?? 'the photo folder is still being read'),
    },
  ]
}
