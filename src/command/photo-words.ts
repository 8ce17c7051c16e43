// Shared by the verbs of `photogate photos`: addresses as arguments, counts in words, the survey or an error.
import { GateError } from '../error.ts'
import type { PhotoSurvey } from '../photo/photo-survey.ts'
import { surveyPhotos } from '../photo/photo-survey.ts'
import { parseAddress } from '../text/mail-address.ts'

export function mustBeAddress(text: string): string {
  const address = parseAddress(text)
  if (address !== undefined) return address
  throw new GateError(
    'GATE_USAGE',
    `${JSON.stringify(text)} is not a mail address; write joe.bloggs@acme.example`,
  )
}

export function count(number: number, what: string): string {
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`
}

/** surveyPhotos. @throws GateError GATE_SUPPLY when the directory cannot be read. */
export async function mustSurvey(photos: string, only?: string): Promise<PhotoSurvey> {
  try {
    return await surveyPhotos(photos, only === undefined ? {} : { only })
  } catch (error) {
    throw new GateError('GATE_SUPPLY', (error as Error).message, { cause: error })
  }
}
