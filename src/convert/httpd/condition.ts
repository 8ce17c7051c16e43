// <IfModule>, <IfVersion> and <IfDefine>: whether Apache reads their contents, as far as the text alone says. The
// modules of the server and its command line are not known.
import type { Argument } from './directive.ts'

/** Sections that only say when their contents apply. Apache dissolves them when it reads its configuration. */
export const conditional = new Set([
  'ifmodule',
  'ifversion',
  'ifdefine',
  'iffile',
  'ifdirective',
  'ifsection',
])

// Modules that every Apache 2.4 and IHS 9 includes and that access rules may test for.
const defaultModule =
  /^(?:mod_)?(?:access_compat|alias|auth_basic|authn_core|authz_core|authz_host|authz_user|dir|env|headers|ibm_ssl|log_config|mime|rewrite|setenvif|so|ssl|version)(?:\.c|_module)?$/i

const maxLineLength = 1_000_000

interface Conditional {
  readonly key: string
  readonly words: readonly Pick<Argument, 'text'>[]
}

/** Whether <IfModule> or <IfVersion> is fulfilled. Undefined: not known, or another section. */
export function isInForce({ key, words }: Conditional): boolean | undefined {
  const asked = words.map(({ text }) => text).join(' ')
  const isNegated = asked.startsWith('!')
  const plain = asked.replace(/^!\s*/, '')
  if (key === 'ifmodule') return defaultModule.test(plain) ? !isNegated : undefined
  // The version is taken to be 2.4, without the patch level.
  const version = /^(<=|>=|<|>)\s*([0-9])(?:\.(\d+))?(?:\.0)?$/.exec(plain)
  if (key !== 'ifversion' || version === null) return undefined
  const [, operator = '', major, minor = '0'] = version
  const other = Number(major) * 100 + Number(minor)
  if (other === 204 && (operator === '>' || operator === '<=')) return undefined
  return (operator.startsWith('>') ? other <= 204 : other > 204) !== isNegated
}

/** The names that `Define NAME value` sets, fed in the order of the lines. */
export class Definitions {
  // A name without a value counts as defined, and ${NAME} stays in the text.
  readonly #known = new Map<string, { readonly value: string | undefined } | 'unset' | 'unsure'>()

  /** `isSure`: false inside a section that Apache may not read. */
  define(name: string, value: string | undefined, isSure: boolean): void {
    this.#known.set(name, isSure ? { value } : 'unsure')
  }

  undefine(name: string, isSure: boolean): void {
    this.#known.set(name, isSure ? 'unset' : 'unsure')
  }

  /** The text with values in place of `${NAME}`. Unknown names stay. Undefined: the result is too long. */
  expand(text: string): string | undefined {
    if (!text.includes('${')) return text
    const expanded = text.replace(/\$\{([^}\s]+)\}/g, (all, name: string) => {
      const known = this.#known.get(name)
      return (typeof known === 'object' ? known.value : undefined) ?? all
    })
    // Each line can double the length by naming the definition before it twice.
    return expanded.length <= maxLineLength ? expanded : undefined
  }

  /** Whether Apache reads the contents of the section. Undefined: not known. */
  holds(section: Conditional): boolean | undefined {
    if (!conditional.has(section.key)) return true
    if (section.key !== 'ifdefine') return isInForce(section)
    const asked = section.words[0]?.text ?? ''
    const isNegated = asked.startsWith('!')
    const known = this.#known.get(asked.replace(/^!\s*/, ''))
    // The command line of the server may define it.
    if (known === undefined || known === 'unsure') return undefined
    return (known !== 'unset') !== isNegated
  }
}
