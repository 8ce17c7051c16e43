// Lists of the configuration, where one may stand for itself.

/** The list, also of one without brackets. */
export function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T]
}

/** The same without what the schema refused. */
export function presentOf<T>(value: T | readonly T[]): readonly T[] {
  return listOf(value).filter(item => item !== undefined)
}
