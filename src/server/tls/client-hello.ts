// What a client offers when a TLS connection begins: reads the ClientHello (RFC 8446 section 4.1.2, RFC 5246 section
// 7.4.1.2) from the first bytes, so that a failed handshake can be explained. Decides nothing: OpenSSL does the handshake.

export interface ClientHello {
  /** Versions on the wire: 0x0301 is TLS 1.0, 0x0304 is TLS 1.3. Newest first. */
  readonly versions: readonly number[]
  /** Numbers of cipher suites, in the client's order, without those that mean nothing. */
  readonly ciphers: readonly number[]
  /** The name that the client asks for (SNI). */
  readonly serverName: string | undefined
  /** The protocols that it wants to speak (ALPN). */
  readonly protocols: readonly string[]
}

export type FirstBytes =
  | { readonly kind: 'hello'; readonly hello: ClientHello }
  /** The hello is not whole yet. Fewer bytes than `neededBytes` in all say nothing more. */
  | { readonly kind: 'partial'; readonly neededBytes: number }
  /** An HTTP request without TLS. */
  | { readonly kind: 'http' }
  /** An SSL 2.0 hello, which also offers newer versions perhaps. No server speaks it any more. */
  | { readonly kind: 'sslv2' }
  | { readonly kind: 'other' }

const handshakeRecord = 22
const clientHello = 1
/** Of a record: type, version and length. */
const recordHeadBytes = 5
/** Of a message: type and length. */
const headBytes = 4
// A client that splits its hello into tiny records wants it to be parsed again and again.
const maxRecords = 64
/** Longer hellos are handed to OpenSSL unread. */
export const maxHelloBytes = 65_536

// A host name has at most 253 characters (RFC 1035).
const maxText = 255
const maxProtocols = 8

const httpStart = /^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE|PRI) /

/** Never throws, whatever the bytes. */
export function readFirstBytes(bytes: Buffer): FirstBytes {
  if (bytes.length === 0) return nothing
  if (bytes[0] !== handshakeRecord) return readOther(bytes)
  const records = joinRecords(bytes)
  if (records === undefined) return { kind: 'other' }
  const { message, end } = records
  if (message.length > 0 && message[0] !== clientHello) return { kind: 'other' }
  const length = message.length < headBytes ? Infinity : headBytes + message.readUIntBE(1, 3)
  if (message.length < length) {
    // Up to the end of this record, or to the head of the next.
    const neededBytes = bytes.length < end ? end : bytes.length + 1
    return { kind: 'partial', neededBytes: Math.max(neededBytes, recordHeadBytes) }
  }
  const hello = parseHello(message.subarray(headBytes, length))
  return hello === undefined ? { kind: 'other' } : { kind: 'hello', hello }
}

/** Nothing is known without a byte. */
export const nothing: FirstBytes = { kind: 'partial', neededBytes: 1 }

function readOther(bytes: Buffer): FirstBytes {
  const text = bytes.toString('latin1', 0, 8)
  if (httpStart.test(text)) return { kind: 'http' }
  if (bytes.length < 8 && /^[A-Z]+$/.test(text)) {
    return { kind: 'partial', neededBytes: bytes.length + 1 }
  }
  // Two bytes of length with the highest bit set, then the type of the message.
  const isV2 = ((bytes[0] as number) & 0x80) !== 0 && bytes[2] === clientHello
  return { kind: isV2 ? 'sslv2' : 'other' }
}

// A hello may be split over several records. Undefined: they are no records of a handshake, or too many. `end`: of the
// last record.
function joinRecords(bytes: Buffer): { message: Buffer; end: number } | undefined {
  const parts: Buffer[] = []
  let at = 0
  while (at + recordHeadBytes <= bytes.length) {
    if (parts.length >= maxRecords) return undefined
    if (bytes[at] !== handshakeRecord || bytes[at + 1] !== 3) return undefined
    const start = at + recordHeadBytes
    const end = start + bytes.readUInt16BE(at + 3)
    parts.push(bytes.subarray(start, Math.min(end, bytes.length)))
    at = end
  }
  const [only] = parts
  return { message: parts.length === 1 && only ? only : Buffer.concat(parts), end: at }
}

function parseHello(body: Buffer): ClientHello | undefined {
  try {
    const reader = new Reader(body)
    const legacyVersion = reader.number(2)
    reader.skip(32)
    reader.vector(1)
    const ciphers = reader.vector(2).numbers()
    reader.vector(1)
    // SSL 3.0 and some clients of TLS 1.0 send no extensions at all.
    const extensions = reader.isAtEnd()
      ? new Map<number, Reader>()
      : readExtensions(reader.vector(2))
    return {
      versions: versionsOf(legacyVersion, extensions.get(43)),
      ciphers: [...new Set(ciphers)].filter(id => !isGrease(id) && !signals.has(id)),
      serverName: serverNameOf(extensions.get(0)),
      protocols: protocolsOf(extensions.get(16)),
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

// RFC 5746 section 3.3 and RFC 7507: no suites.
const signals: ReadonlySet<number> = new Set([0x00ff, 0x5600])

// RFC 8701: values without a meaning, so that servers learn to skip them.
function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff)
}

function readExtensions(reader: Reader): Map<number, Reader> {
  const found = new Map<number, Reader>()
  while (!reader.isAtEnd()) found.set(reader.number(2), reader.vector(2))
  return found
}

// Without the extension, a client speaks every version up to the one that it names.
function versionsOf(legacyVersion: number, supported: Reader | undefined): number[] {
  if (supported === undefined) return [legacyVersion]
  return supported
    .vector(1)
    .numbers()
    .filter(version => !isGrease(version))
    .toSorted((a, b) => b - a)
}

function serverNameOf(extension: Reader | undefined): string | undefined {
  if (extension === undefined || extension.isAtEnd()) return undefined
  const list = extension.vector(2)
  const hostName = 0
  return list.number(1) === hostName ? list.vector(2).text() : undefined
}

function protocolsOf(extension: Reader | undefined): string[] {
  if (extension === undefined) return []
  const list = extension.vector(2)
  const names: string[] = []
  while (!list.isAtEnd()) names.push(list.vector(1).text())
  return names.slice(0, maxProtocols)
}

/** Numbers and vectors of TLS (RFC 8446 section 3.4), from left to right. Reading past the end throws RangeError. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  skip(length: number): void {
    if (this.#at + length > this.#bytes.length) throw new RangeError('the message ends here')
    this.#at += length
  }

  number(length: number): number {
    const at = this.#at
    this.skip(length)
    return this.#bytes.readUIntBE(at, length)
  }

  /** A vector whose length stands before it, in so many bytes. */
  vector(lengthBytes: number): Reader {
    const length = this.number(lengthBytes)
    const at = this.#at
    this.skip(length)
    return new Reader(this.#bytes.subarray(at, at + length))
  }

  /** The rest as numbers of two bytes. */
  numbers(): number[] {
    const numbers: number[] = []
    while (!this.isAtEnd()) numbers.push(this.number(2))
    return numbers
  }

  /** For the log and for comparing: what is not printable ASCII becomes a question mark. */
  text(): string {
    return this.#bytes.toString('latin1', 0, maxText).replace(/[^\x21-\x7e]/g, '?')
  }
}
