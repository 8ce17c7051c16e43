// The control of paged searches (RFC 2696) for ldapts, whose own paging takes an empty page for the last one although
// servers may send one. For one search at a time.
import type { EventEmitter } from 'node:events'
import type { Control } from 'ldapts'

export interface Paging {
  /** The control of the next search. `cookie`: of the page before; undefined: asks for the first page. */
  begin(size: number, cookie: Buffer | undefined): Control
  /** The cookie in the answer to that search; undefined: it was the last page. */
  cookie(): Buffer | undefined
}

/** @param messages emits `message` for each that the server sends. */
export function buildPaging(ldapts: typeof import('ldapts'), messages: EventEmitter): Paging {
  let cookie: Buffer | undefined
  messages.on('message', message => {
    if (!(message instanceof ldapts.SearchResponse)) return
    const control = message.controls?.find(control => control instanceof ldapts.PagedResultsControl)
    if (control !== undefined) cookie = control.value?.cookie
  })

  // A class of its own, because ldapts' search refuses ldapts' PagedResultsControl.
  class PageControl extends ldapts.Control {
    readonly #inner: InstanceType<typeof ldapts.PagedResultsControl>

    constructor(value: { size: number; cookie?: Buffer }) {
      super(ldapts.PagedResultsControl.type)
      this.#inner = new ldapts.PagedResultsControl({ value })
    }

    override writeControl(writer: Parameters<typeof this.write>[0]): void {
      this.#inner.writeControl(writer)
    }
  }

  return {
    begin: (size, before) => {
      cookie = undefined
      return new PageControl({ size, ...(before !== undefined && { cookie: before }) })
    },
    cookie: () => (cookie?.length === 0 ? undefined : cookie),
  }
}
