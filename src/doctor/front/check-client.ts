// Whether the gate takes the right address for the client when a request comes through the front.
import { parseNetworkAddress } from '../../policy/network-address.ts'
import { headerNames } from '../../snippet/front.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { snippetCure } from './front-cure.ts'
import type { AskedFront, Probe } from './probe.ts'
import type { ProbeLine } from './probe-log.ts'

/** `asked`: a plain request, and its line. */
export function checkClient(probe: Probe, asked: AskedFront, line: ProbeLine): Diagnosis {
  const { client, peer } = line
  const { address: expected, isSure } = expectClient(probe, asked, line)
  if (client === null) return { findings: [nameless(probe, line)], fine: [], unknown: [] }
  if (client === expected && client === peer) {
    const unknown = [
      `Whether the gate sees the right client: front and doctor both come from ${client}, so it logs the same in any case. Ask from another machine.`,
    ]
    return { findings: [], fine: [], unknown }
  }
  if (client === expected) {
    const fine = [`The gate sees the right client: ${client}, behind the front ${nameOf(line)}.`]
    return { findings: [], fine, unknown: [] }
  }
  if (client === peer) {
    return { findings: [frontAsClient(probe, line, expected)], fine: [], unknown: [] }
  }
  if (!isSure) {
    const unknown = [
      `Whether the gate sees the right client: it logs ${client}, and this machine asks from ${expected}. That is right if something between here and the front translates addresses (NAT, containers); say --client ${client} if it does.`,
    ]
    return { findings: [], fine: [], unknown }
  }
  const finding: Finding = {
    code: 'front-client-wrong',
    effect: 'breaks',
    seen: `Doctor asked from ${expected}; the gate logs the client ${client}, named by the front ${nameOf(line)} in ${headerNames[probe.setup.settings.clientHeader]}.`,
    why: 'Rules by network judge another address than that of the client: they turn away the right people, and may admit the wrong ones.',
    cure: snippetCure,
  }
  return { findings: [finding], fine: [], unknown: [] }
}

function expectClient({ setup }: Probe, { answer }: AskedFront, { client }: ProbeLine) {
  if (setup.client !== undefined) return { address: setup.client, isSure: true }
  const local = parseNetworkAddress(answer?.localAddress ?? '')?.text
  // Even to this machine itself, a container's network may translate; but it gives no loopback addresses.
  const isLoopback = (text = '') => /^127\.|^::1$/.test(text)
  return { address: local, isSure: isLoopback(local) && isLoopback(client ?? '') }
}

// A front that comes over a Unix socket has no address.
function nameOf({ peer }: ProbeLine): string {
  return peer ?? 'at the socket'
}

function nameless({ setup }: Probe, line: ProbeLine): Finding {
  const { reason } = line
  const front = nameOf(line)
  const header = headerNames[setup.settings.clientHeader]
  const isMissing = reason !== 'client-header-unparsable'
  return {
    code: isMissing ? 'front-client-missing' : 'front-client-unparsable',
    effect: 'breaks',
    seen: isMissing
      ? `The gate believes the front ${front}, but its request has no ${header}, or one that Connection names.`
      : `What the front ${front} writes into ${header} does not name one client for certain.`,
    why: 'The gate does not know the client, so no rule by network admits anybody.',
    cure: snippetCure,
  }
}

// The peer stands for everybody behind it.
function frontAsClient(
  { setup }: Probe,
  { client, peer, rule }: ProbeLine,
  expected: string | undefined,
): Finding {
  const { policy, proxies } = setup.settings
  const header = headerNames[setup.settings.clientHeader]
  const by = policy.rules.find(({ name }) => name === rule)
  const isAdmitted = by?.conditions.some(({ kind }) => kind === 'from') ?? false
  const address = parseNetworkAddress(peer ?? '')
  const isBelieved = address !== undefined && proxies?.has(address) === true
  return {
    code: isAdmitted ? 'front-admits-everybody' : 'front-is-the-client',
    effect: isAdmitted ? 'opens' : 'breaks',
    seen: `Doctor asked from ${expected}; the gate takes the front itself, ${client}, for the client${isAdmitted ? `, and rule ${rule} admits it` : ''}.`,
    why: isAdmitted
      ? 'Everybody who reaches the front gets photos.'
      : 'All clients have one address, so no rule by network can tell them apart.',
    cure: isBelieved
      ? [
          `Let the front write the client's address into ${header}: it writes its own.`,
          ...snippetCure,
        ]
      : [
          `Add the front to the configuration of the gate: proxies: [${peer}]`,
          `Let the front write the client's address into ${header}: photogate snippets prints how.`,
        ],
  }
}
