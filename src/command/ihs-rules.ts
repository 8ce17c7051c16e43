// `photogate ihs-rules`: the configuration as a RewriteCond block.

import { buildRewriteBlock } from '../convert/rewrite-block.ts'
import { exitCodes } from '../error.ts'
import type { ConfigChoice } from './config-file.ts'
import { loadSettings } from './load-settings.ts'
import type { Output } from './output.ts'

export interface IhsRulesOptions extends ConfigChoice {
  presence?: boolean
  json?: boolean
}

/** @returns 0 when the block does everything that the configuration does, otherwise 1; 78 when that has problems. */
export function ihsRules(options: IhsRulesOptions, output: Output): number {
  const settings = loadSettings(options, output, { needsPhotos: false })
  if (settings === undefined) return exitCodes.config
  const { text, notes } = buildRewriteBlock(settings, { presence: options.presence ?? false })
  if (options.json) output.print(JSON.stringify({ block: text, isProved: true, notes }, null, 2))
  else {
    output.print(text)
    output.note(
      [
        '',
        'Proved: of all 4,294,967,296 IPv4 addresses, each address condition matches those of its networks and no other.',
        ...notes,
      ].join('\n'),
    )
  }
  return notes.length === 0 ? exitCodes.fine : exitCodes.findings
}
