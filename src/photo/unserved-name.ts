// Names in a photo directory that are not an address, and why, for the administrator.
import { addressOfName } from './photo-file.ts'

// As file managers, editors, browsers, synchronizers and macOS name copies beside a file.
const copyMarks = [
  /^(?:\._|\.#|\.~|~\$|\$|#)/,
  /^(?:copy of|kopie von|copie de|copia di|copia de) /i,
  /[([{]\d+[)\]}]/,
  /(?:^|[\s._-])(?:copy|kopie|copie|copia|conflict|conflicted copy|in konflikt stehende kopie)(?![a-z])/i,
  /sync-conflict-\d/i,
  /~\d*(?:\.[a-z]+)?$/i,
  /\.(?:jpe?g|gif|png|webp)\.[a-z]+$/i,
  /\.(?:bak|backup|old|orig|tmp|temp|part|partial|swp)(?:\.[a-z]+)?$/i,
]

const photoEnding = /\.(?:jpe?g|gif|png|webp)$/i

/**
 * Why the name is not a photo's, worded to follow it; undefined for names of photos and hidden files of other programs.
 * @example unservedNameReason('joe@acme.example.txt') // 'does not end with .jpg, .jpeg, .gif, .png or .webp'
 */
export function unservedNameReason(name: string): string | undefined {
  // Node.js puts U+FFFD for bytes that are not UTF-8, and cannot open a file by that name.
  if (name.includes('\ufffd')) return 'has a name that is not UTF-8, such as one in Latin-1'
  if (name.startsWith('.') && !name.includes('@')) return undefined
  if (addressOfName(name) !== undefined) return undefined
  if (name.includes('@') && copyMarks.some(mark => mark.test(name)))
    return 'is a copy, going by its name'
  if (name.startsWith('.')) return 'is hidden, as its name begins with a dot'
  if (!photoEnding.test(name)) return 'does not end with .jpg, .jpeg, .gif, .png or .webp'
  return 'does not have a mail address as its name'
}
