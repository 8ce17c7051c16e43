// Collects lines and hands them over in blocks: one write per line costs more than the photo.

export interface LineBlocks {
  /** A whole line with its end. */
  write(line: string): void
  /** Hands over what is held. */
  handOver(): void
}

const blockBytes = 65_536

/** Lines are handed over when a block is full, and after `holdMs` at the latest. */
export function openLineBlocks(give: (bytes: Buffer) => void, holdMs: number): LineBlocks {
  // Bytes, not a string: hundreds of concatenated lines would make each garbage collection longer.
  const block = Buffer.allocUnsafeSlow(blockBytes)
  let used = 0
  let timer: NodeJS.Timeout | undefined
  const handOver = () => {
    clearTimeout(timer)
    timer = undefined
    if (used > 0) give(Buffer.from(block.subarray(0, used)))
    used = 0
  }
  return {
    write: line => {
      const length = Buffer.byteLength(line)
      if (used + length > blockBytes) handOver()
      if (length > blockBytes) return give(Buffer.from(line))
      used += block.write(line, used)
      timer ??= setTimeout(handOver, holdMs)
    },
    handOver,
  }
}
