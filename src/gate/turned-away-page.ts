// The built-in page for people who are turned away.
import { buildPlainPage } from './plain-page.ts'

export const turnedAwayPage = buildPlainPage({
  title: 'Photo not shown',
  picture:
    '<svg viewBox="0 0 96 96" role="img" aria-label="No photo"><circle cx="48" cy="34" r="18"/><path d="M12 92c0-22 16-34 36-34s36 12 36 34z"/></svg>',
  heading: 'This photo is not shown here',
  lines: [
    'Photos of colleagues are for people who are signed in or in a meeting.',
    'Sign in to Sametime, Connections or Notes, or enter your meeting room, and try again.',
  ],
})
