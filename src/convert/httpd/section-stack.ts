// The sections that are open at a line of an httpd.conf, the outermost first, and what was read in each. Does not
// know which sections Apache skips: the parser says so.
import type { Directive } from './directive.ts'

/** A directive, or the start of a section whose contents are not read yet. */
export type DirectiveHead = Omit<Directive, 'children'>

interface OpenSection {
  /** Undefined: the file itself. */
  readonly head: DirectiveHead | undefined
  readonly children: Directive[]
  readonly holds: boolean | undefined
}

export class SectionStack {
  readonly #file: OpenSection
  readonly #open: OpenSection[]

  /** `holds`: whether Apache reads the file. Undefined: not known. */
  constructor(holds: boolean | undefined) {
    this.#file = { head: undefined, children: [], holds }
    this.#open = [this.#file]
  }

  /** Whether Apache reads what stands in the innermost section. Undefined: not known. */
  get holds(): boolean | undefined {
    return this.#innermost.holds
  }

  /** The contents of the file. */
  get directives(): Directive[] {
    return this.#file.children
  }

  add(directive: Directive): void {
    this.#innermost.children.push(directive)
  }

  /**
   * `holds`: whether the section by itself holds; the sections around it count too. `isTransparent`: its
   * contents stand where the section stands.
   */
  open(
    head: DirectiveHead,
    {
      holds,
      isTransparent,
    }: { readonly holds: boolean | undefined; readonly isTransparent: boolean },
  ): void {
    const children: Directive[] = isTransparent ? this.#innermost.children : []
    if (!isTransparent) this.add({ ...head, children })
    this.#push(head, children, holds)
  }

  /** As `open`, and drops the contents. */
  openDropped(head: DirectiveHead): void {
    this.#push(head, [], false)
  }

  /** Closes the innermost section of that name, and those in it, which are returned. Undefined: none is open. */
  close(name: string): DirectiveHead[] | undefined {
    const at = this.#open.findLastIndex(({ head }) => head?.key === name.toLowerCase())
    return at < 1 ? undefined : headsOf(this.#open.splice(at).slice(1))
  }

  /** Closes all and returns them, the innermost first. */
  closeAll(): DirectiveHead[] {
    return headsOf(this.#open.splice(1).reverse())
  }

  get #innermost(): OpenSection {
    return this.#open.at(-1) as OpenSection
  }

  #push(head: DirectiveHead, children: Directive[], own: boolean | undefined): void {
    const around = this.holds
    const holds = around === false || own === false ? false : own === undefined ? own : around
    this.#open.push({ head, children, holds })
  }
}

function headsOf(sections: readonly OpenSection[]): DirectiveHead[] {
  return sections.map(({ head }) => head).filter(head => head !== undefined)
}
