// The place of a directive, for findings.
import type { Directive } from '../../convert/httpd/directive.ts'
import type { FindingPlace } from '../finding.ts'

export function placeOf({ file, line }: Directive): FindingPlace {
  return { file, line }
}
