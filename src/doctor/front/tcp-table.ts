// The kernel's table of TCP connections (Linux: proc(5), /proc/net/tcp and tcp6): who is connected to a port, and who has
// closed first. Every user may read it.

export type TcpState = 'established' | 'listening' | 'time-wait' | 'other'

export interface TcpRow {
  readonly localPort: number
  /** Address and port of the other end, in the kernel's hexadecimal. */
  readonly remote: string
  readonly state: TcpState
}

// include/net/tcp_states.h. FIN_WAIT1 and FIN_WAIT2 lead to TIME_WAIT: all three are those of the end that closed first.
const states: Readonly<Record<string, TcpState>> = {
  '01': 'established',
  '04': 'time-wait',
  '05': 'time-wait',
  '06': 'time-wait',
  '0A': 'listening',
}

/** The rows whose own end is at the port. @example parseTcpTable('no table', 80) // [] */
export function parseTcpTable(text: string, port: number): TcpRow[] {
  const rows = text.matchAll(
    /^ *\d+: [\dA-F]{8,32}:([\dA-F]{4}) ([\dA-F]{8,32}:[\dA-F]{4}) ([\dA-F]{2}) /gm,
  )
  return [...rows].flatMap(([, local = '', remote = '', code = '']) => {
    const localPort = Number.parseInt(local, 16)
    return localPort === port ? [{ localPort, remote, state: states[code] ?? 'other' }] : []
  })
}
