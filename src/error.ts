// The tables of exit codes and of coded errors. HTTP refusals are not errors here; they are answers (gate/answer.ts).

/** How the program ends; 78 is EX_CONFIG and 70 EX_SOFTWARE of sysexits.h. */
export const exitCodes = { fine: 0, findings: 1, usage: 2, config: 78, other: 70 } as const

const table = {
  GATE_USAGE: exitCodes.usage,
  GATE_LISTEN: exitCodes.other,
  /** No gate that can be asked runs with the configuration. */
  GATE_ABSENT: exitCodes.other,
  /** The file of the log cannot be opened. */
  GATE_LOG: exitCodes.other,
  /** There is no configuration where one is needed. */
  GATE_CONFIG: exitCodes.config,
  /** A key file or its password, or none where one is needed. */
  GATE_KEYS: exitCodes.config,
  /** The configuration has no photo supply, or no source of that name, where one is needed. */
  GATE_SUPPLY: exitCodes.config,
  /** Another import is at work in the same directory. */
  GATE_BUSY: exitCodes.other,
  /** A file of results cannot be written. */
  GATE_OUTPUT: exitCodes.other,
  /** The photo directory, or the records of the supply in it, cannot be used. */
  GATE_PHOTOS: exitCodes.other,
} as const

export type GateErrorCode = keyof typeof table

/** An error that ends the command with its own exit code. The message is for the administrator. */
export class GateError extends Error {
  readonly code: GateErrorCode
  readonly exitCode: number

  constructor(code: GateErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'GateError'
    this.code = code
    this.exitCode = table[code]
  }
}
