// The table of everything that can go wrong by name: code, exit code of the command, text.
// HTTP refusals are no errors here; they are answers (gate/answer.ts).

const table = {
  GATE_USAGE: { exitCode: 2, text: 'The command line is not right' },
  GATE_CONFIG: { exitCode: 78, text: 'The configuration is not usable' },
  GATE_LISTEN: { exitCode: 70, text: 'Cannot listen' },
} as const

export type GateErrorCode = keyof typeof table

/** An error that ends the command with its own exit code. The message is for the administrator. */
export class GateError extends Error {
  readonly code: GateErrorCode
  readonly exitCode: number

  constructor(code: GateErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail ?? table[code].text, options)
    this.name = 'GateError'
    this.code = code
    this.exitCode = table[code].exitCode
  }
}
