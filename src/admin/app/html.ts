// Markup of the page: htm's templates for Preact. A value in a template is text, whatever it contains.
import htm from 'htm'
import type { VNode } from 'preact'
import { h } from 'preact'

export const html = htm.bind(h) as (
  strings: TemplateStringsArray,
  ...values: readonly unknown[]
) => VNode
