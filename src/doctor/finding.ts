// What a check of doctor says. Codes are for scripts and never change; texts are for administrators and may.

/** What a finding breaks, worst first: findings are shown in this order. */
export const effects = ['opens', 'breaks', 'will-break', 'weakens'] as const

/**
 * `opens`: people who must not can see photos. `breaks`: something does not work now. `will-break`: it works until a date
 * or an event. `weakens`: it works, slower or less safely than it could.
 */
export type Effect = (typeof effects)[number]

/** Where something was seen. Lines count from 1. */
export interface FindingPlace {
  readonly file: string
  readonly line?: number
}

export interface Finding {
  /** Lower case with hyphens: `ccm-silent`. */
  readonly code: string
  readonly effect: Effect
  readonly place?: FindingPlace
  /** What was seen: one sentence or two, more of them on lines of their own. */
  readonly seen: string
  /** Why it matters. */
  readonly why: string
  /** What to do, step by step. At least one step. Lines that begin with a blank are to be pasted. */
  readonly cure: readonly string[]
}

/** The result of one or several checks. */
export interface Diagnosis {
  readonly findings: readonly Finding[]
  /** What was looked at and is right, a sentence each. */
  readonly fine: readonly string[]
  /** What could not be looked at, and why, a sentence each. Never counts as a finding. */
  readonly unknown: readonly string[]
}

/** A diagnosis of the parts that there are. */
export function diagnosisOf({
  findings = [],
  fine = [],
  unknown = [],
}: Partial<Diagnosis>): Diagnosis {
  return { findings, fine, unknown }
}

/** Findings worst first, and in the order of the checks within the same effect. */
export function mergeDiagnoses(diagnoses: readonly Diagnosis[]): Diagnosis {
  const findings = diagnoses.flatMap(diagnosis => diagnosis.findings)
  return {
    findings: findings.toSorted((a, b) => effects.indexOf(a.effect) - effects.indexOf(b.effect)),
    fine: diagnoses.flatMap(({ fine }) => fine),
    unknown: diagnoses.flatMap(({ unknown }) => unknown),
  }
}
