// Networks that the servers admit, each as a block and as the regex that a RewriteCond needs.

export interface BenchNetwork {
  readonly block: string
  readonly regex: string
}

const lastOctet = '([0-9]|[1-9][0-9]|1([0-9][0-9])|2([0-4][0-9]|5[0-5]))'

/** The block of the forum post: three subnets and one host, with its own style of regex. None holds this machine. */
export const postNetworks: readonly BenchNetwork[] = [
  { block: '172.20.16.0/21', regex: `^172\\.20\\.(1[6-9]|2[0-3])\\.${lastOctet}$` },
  { block: '172.24.48.0/21', regex: `^172\\.24\\.(4[8-9]|5[0-5])\\.${lastOctet}$` },
  { block: '192.51.64.0/21', regex: `^192\\.51\\.(6[4-9]|7[0-1])\\.${lastOctet}$` },
  { block: '192.168.10.125/32', regex: '^192\\.168\\.10\\.125$' },
]

/** The last network holds this machine. No two of them touch, so that none can be merged. */
export function generateNetworks(count: number): BenchNetwork[] {
  const others = Array.from({ length: count - 1 }, (_, number) => {
    const first = 11 + (number % 100)
    const second = Math.floor(number / 100) % 250
    const third = 2 * Math.floor(number / 25_000)
    return networkOf(first, second, third)
  })
  return [...others, networkOf(127, 0, 0)]
}

function networkOf(first: number, second: number, third: number): BenchNetwork {
  return {
    block: `${first}.${second}.${third}.0/24`,
    regex: `^${first}\\.${second}\\.${third}\\.${lastOctet}$`,
  }
}
