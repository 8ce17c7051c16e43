// The picture for people without one: a neutral silhouette, 96 by 96 pixels, a GIF because that and
// JPEG are what every Sametime client shows.
import type { Photo } from './photo-store.ts'
import { describePhoto } from './photo-store.ts'

const gif =
  'R0lGODlhYABgAIMAALe/yLvDy7S8xdjc4tDV28rQ18bM05uns6y1v93h5qCqtqmyvaWvuuPm6uTn65qlsSH5BAQA' +
  'AAAALAAAAABgAGAAAAT/0MlJq7046827/2AojmRpnmiqrmzrvnAsz3Rt33iu73zv/8CgcEgsGo/IpHLJpA0MgoXi' +
  'cFAsBIZBk9QoIB7gsBiMKDS2HwJjzB4zCOhNA9CujwHnuCWxsPvDCwl6FAlrf4cMgoMNfYeOC3lxdI6UAHoElJkP' +
  'cFsNhpqIkUsFoJkFW1+ljghNA6qZWksGr5QGTAK0jgJMjbl+C0wKvn8KTAfDfgfGyHbKS8LMbcVLvdFiwEu41mO7' +
  'sttjtkuu32GxS6nfrE2k5KdNnt8MokuY25xok8yWeozMkIMOCg1LBFACn1yBCk6Y8wqPwgpqNL15eKELOjtl5lGs' +
  '8CTKlCpX/bJsHEmypMmTKGc0eBJAAAIGCj7GZIBAQIAsGhcNCIDgGKgDCAIMyCkOALRhCgCYG3XRWhklBKqRe8DA' +
  'HZEETaeGQaAoiIGjWtkoCOejgbawfgQQrXEQ7aGEOgS6dcRgKdtPcxF1pSE3LyWCNc76pdRNRoNZg0GRhTHAZ+JM' +
  'B+y2yPr4kLoX7CqDssoCnmZQCtaWyPxZE2cVeEv/FS2inmpQ91Lke51pX4oGYGk7Cq3Cte5MsU0E+A0qgAqpxP9g' +
  'O9HAcfJDB1h38P38UPARiKs7WkxiuHZHxk8I/m6ncAnk5NksL5E6PRsGKHK7HzPNhPz5YeqXcI5fjDMNEQAAOw=='

/** The bytes never change, so neither does the date: the day the project began. */
export const placeholder: Photo = describePhoto(
  Buffer.from(gif, 'base64'),
  'image/gif',
  Date.UTC(2026, 10, 23),
)
