// Whether the front replaces what the gate answers: the line of the log says what the gate has sent.
import type { Finding } from '../finding.ts'
import { describeReply, kindOf } from './front-answer.ts'
import { stepFor } from './front-cure.ts'
import type { AskedFront, Probe } from './probe.ts'
import { ruleOf } from './probe-log.ts'

/** A photo that comes as something else. `asked`: for somebody who has one. Undefined: nothing says so. */
export async function judgeNoPhoto(probe: Probe, asked: AskedFront): Promise<Finding | undefined> {
  const { answer } = asked
  const { settings } = probe.setup
  if (answer === undefined || kindOf(answer, settings.otherwise) === 'photo') return undefined
  const line = await probe.findLine(asked)
  const rule = ruleOf(settings, line)
  if (rule === undefined || line?.status !== 200) return undefined
  return {
    code: 'front-photo-changed',
    effect: 'breaks',
    seen: `Rule ${rule.name} admits doctor, and the gate sends a photo (200); through the front comes ${describeReply(asked.reply)}.`,
    why: 'Clients show no photo: the gate forbids them to guess what an answer is (nosniff).',
    cure: [
      stepFor('Leave status, Content-Type and body of the gate as they are.', {
        nginx: 'no add_header Content-Type, no proxy_hide_header Content-Type, no sub_filter',
        apache: 'no Header set Content-Type, no ForceType',
        caddy: 'no header_down Content-Type, no handle_response',
      }),
      'Ask again with photogate doctor.',
    ],
  }
}

/** A 401, 403 or 404 of the gate that comes with another status. Undefined: none of these does. */
export async function judgeReplaced(
  probe: Probe,
  all: readonly AskedFront[],
): Promise<Finding | undefined> {
  for (const asked of all) {
    const { answer } = asked
    const line = await probe.findLine(asked)
    if (answer === undefined || line === undefined) continue
    if (![401, 403, 404].includes(line.status) || answer.status === line.status) continue
    const isImage = answer.headers['content-type']?.startsWith('image/') ?? false
    const whom =
      ruleOf(probe.setup.settings, line) === undefined
        ? 'those whom it turns away'
        : 'somebody without a photo'
    return {
      code: 'front-answer-replaced',
      effect: isImage ? 'weakens' : 'breaks',
      seen: `The gate answers ${line.status} to ${whom}; through the front it is ${describeReply(asked.reply)}: the front replaces the gate's ${line.status}.`,
      why: 'Programs know by the status whether there is a photo. What comes in its place they show, or keep, as that of the person.',
      cure: [
        stepFor("Pass the gate's errors on.", {
          nginx: 'proxy_intercept_errors off;',
          apache: 'ProxyErrorOverride Off',
          caddy: 'no handle_response',
        }),
        'For a picture in place of a missing photo: photos.missing: placeholder in photogate.yaml.',
        'Ask again with photogate doctor.',
      ],
    }
  }
  return undefined
}
