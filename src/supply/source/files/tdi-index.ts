// The index that TDI's dump_photos_to_files writes beside the photos: three lines for each person, the photo's URI, the
// uid, and a period. Administrators edit it and copy it from Windows, so nothing is guessed that could give a person
// another's photo. Format: HCL Connections, t_admin_profiles_import_photos_export-import.

export interface DumpedPhoto {
  readonly uid: string
  /** Possible names of the file in the dump's folder, the likeliest first. */
  readonly names: readonly string[]
  /** The number of its first line in the index, from 1. */
  readonly line: number
  /** Equal for records that say the same. */
  readonly text: string
}

export interface IndexProblem {
  readonly line: number
  readonly reason: string
}

type IndexKey = 'photo' | 'uid'

interface Draft {
  readonly line: number
  readonly values: Map<IndexKey, string>
  problem: IndexProblem | undefined
}

export interface IndexText {
  /** With `\n` as line end. */
  readonly text: string
  /** Whether letters in the part may not be those that were meant. */
  isBroken(part: string): boolean
}

/** The complete records of an index, and the problems of the others. */
export function parseTdiIndex({ text, isBroken }: IndexText): {
  photos: DumpedPhoto[]
  problems: IndexProblem[]
} {
  const photos: DumpedPhoto[] = []
  const problems: IndexProblem[] = []
  let draft: Draft | undefined
  for (const [at, untrimmed] of text.split('\n').entries()) {
    const content = untrimmed.trim()
    if (content === '') continue
    draft ??= { line: at + 1, values: new Map(), problem: undefined }
    if (content !== '.') {
      draft.problem ??= take(draft, content, at + 1)
      continue
    }
    const photo = finish(draft, isBroken)
    if ('reason' in photo) problems.push(photo)
    else photos.push(photo)
    draft = undefined
  }
  if (draft !== undefined) {
    const reason = 'begins a record that no period ends; was the index cut off?'
    problems.push(draft.problem ?? { line: draft.line, reason })
  }
  return { photos, problems }
}

function take({ values }: Draft, content: string, line: number): IndexProblem | undefined {
  const [, key, value = ''] = /^(photo|uid):(.*)$/s.exec(content) ?? []
  if (key === undefined) return { line, reason: 'is neither photo:, uid: nor a period' }
  if (values.has(key as IndexKey)) {
    return { line, reason: `is a second ${key}: of one record; is a period missing above?` }
  }
  values.set(key as IndexKey, value.trim())
  return undefined
}

function finish(
  { line, values, problem }: Draft,
  isBroken: IndexText['isBroken'],
): DumpedPhoto | IndexProblem {
  if (problem !== undefined) return problem
  const uri = values.get('photo') ?? ''
  const uid = values.get('uid') ?? ''
  if (uri === '' || uid === '') {
    return { line, reason: `is a record without ${uri === '' ? 'photo:' : 'uid:'}` }
  }
  const names = namesOfUri(uri)
  if (names === undefined) {
    return { line, reason: 'does not name a file; write photo:file: and the path of a .dat file' }
  }
  // The folders above the file were on another machine, and their names do not matter.
  if ([uid, ...names].some(isBroken)) {
    return {
      line,
      reason: 'has letters beyond ASCII, and the index is not UTF-8: save it in UTF-8',
    }
  }
  return { uid, names, line, text: `${uri}\n${uid}` }
}

/**
 * The last part of `file:/C:/x/./dump_photos/img1.dat`, of a file URI in another form, or of a path with either kind of
 * slash: the folder was on another machine. Undefined when there is no such part.
 */
function namesOfUri(uri: string): string[] | undefined {
  const isUri = /^file:/i.test(uri)
  // A scheme has more letters than a drive.
  if (!isUri && /^[a-z][a-z\d+.-]+:/i.test(uri)) return undefined
  const raw = lastPart(isUri ? uri.slice('file:'.length) : uri)
  // TDI may have written the path behind `file:` without encoding it.
  const names = isUri ? [decode(raw), raw] : [raw]
  return names.every(isName) ? [...new Set(names)] : undefined
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

// On Windows, a colon would name a stream of a file.
function isName(name: string): boolean {
  return !/^\.{0,2}$|[/\\:\p{Cc}]/u.test(name)
}
