// What one request sees of the program: settings and all that was made of them, as one value. A
// reload replaces the value; requests under way keep theirs.
import type { Settings } from '../config/settings.ts'
import type { PhotoLibrary } from '../photo/photo-library.ts'
import type { Answer } from './answer.ts'
import { turnAwayAnswer } from './answer.ts'
import type { ClientReader } from './client-address.ts'
import { buildClientReader } from './client-address.ts'

export interface GateState {
  readonly settings: Settings
  readonly library: PhotoLibrary
  readonly readClient: ClientReader
  readonly turnAway: Answer
}

export function buildGateState(settings: Settings, library: PhotoLibrary): GateState {
  return {
    settings,
    library,
    readClient: buildClientReader(settings),
    turnAway: turnAwayAnswer(settings.otherwise),
  }
}
