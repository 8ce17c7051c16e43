// <IfModule>, <IfVersion> and <IfDefine>: whether what stands in them is in force, as far as it can be known from
// the text alone.
import type { Argument } from './directive.ts'

/** Sections that only say when their contents hold, and are gone when Apache has read its configuration. */
export const conditional = new Set([
  'ifmodule',
  'ifversion',
  'ifdefine',
  'iffile',
  'ifdirective',
  'ifsection',
])

// Those that every Apache 2.4 and IHS 9 comes with, and that a list of rules may ask for.
const defaultModule =
  /^(?:mod_)?(?:access_compat|alias|auth_basic|authn_core|authz_core|authz_host|authz_user|dir|env|headers|ibm_ssl|log_config|mime|rewrite|setenvif|so|ssl|version)(?:\.c|_module)?$/i

const maxLineLength = 1_000_000

interface Conditional {
  readonly key: string
  readonly words: readonly Pick<Argument, 'text'>[]
}

/** Of <IfModule> and <IfVersion>. Undefined: not known. */
export function isInForce({ key, words }: Conditional): boolean | undefined {
  const asked = words.map(({ text }) => text).join(' ')
  const isNegated = asked.startsWith('!')
  const plain = asked.replace(/^!\s*/, '')
  if (key === 'ifmodule') return defaultModule.test(plain) ? !isNegated : undefined
  // Of 2.4 it is known that it is 2.4, and not which one.
  const version = /^(<=|>=|<|>)\s*([0-9])(?:\.(\d+))?(?:\.0)?$/.exec(plain)
  if (key !== 'ifversion' || version === null) return undefined
  const [, operator = '', major, minor = '0'] = version
  const other = Number(major) * 100 + Number(minor)
  if (other === 204 && (operator === '>' || operator === '<=')) return undefined
  return (operator.startsWith('>') ? other <= 204 : other > 204) !== isNegated
}

/** `Define NAME value`, in the order in which Apache reads it. */
export class Definitions {
  // Without a value: defined all the same, and nothing is put in for it.
  readonly #known = new Map<string, { readonly value: string | undefined } | 'unset' | 'unsure'>()

  /** `isSure`: false within a section of which it is not known whether it holds. */
  define(name: string, value: string | undefined, isSure: boolean): void {
    this.#known.set(name, isSure ? { value } : 'unsure')
  }

  undefine(name: string, isSure: boolean): void {
    this.#known.set(name, isSure ? 'unset' : 'unsure')
  }

  /** With values in place of `${NAME}`; names that are not known stay. Undefined: too long. */
  expand(text: string): string | undefined {
    if (!text.includes('${')) return text
    const expanded = text.replace(/\$\{([^}\s]+)\}/g, (all, name: string) => {
      const known = this.#known.get(name)
      return (typeof known === 'object' ? known.value : undefined) ?? all
    })
    // Definitions of definitions double with each line.
    return expanded.length <= maxLineLength ? expanded : undefined
  }

  /** Whether Apache reads what stands in the section. Undefined: not known. */
  holds(section: Conditional): boolean | undefined {
    if (!conditional.has(section.key)) return true
    if (section.key !== 'ifdefine') return isInForce(section)
    const asked = section.words[0]?.text ?? ''
    const isNegated = asked.startsWith('!')
    const known = this.#known.get(asked.replace(/^!\s*/, ''))
    // The command line may define it, too.
    if (known === undefined || known === 'unsure') return undefined
    return (known !== 'unset') !== isNegated
  }
}
