import type { ViewType } from '../entities/lifecycle.js'
import type { Given } from './given.js'
import type { VerbOption } from './verb.js'

const VIEWS: Readonly<Record<string, ViewType>> = {
  active_only: 'ACTIVE_ONLY',
  deleted_only: 'DELETED_ONLY',
  all: 'ALL',
}

/** Which lifecycle stages a listing shows, by MLflow's names. */
export const VIEW: VerbOption = {
  flags: '-v, --view <view>',
  help: 'which ones to list',
  choices: Object.keys(VIEWS),
  fallback: 'active_only',
}

/** The value of `VIEW`. */
export function givenView(given: Given): ViewType {
  return VIEWS[given.text('view') ?? ''] ?? 'ACTIVE_ONLY'
}

/** One run, for the verbs that are about one. */
export const RUN_ID: VerbOption = { flags: '--run-id <id>', help: 'id of the run', required: true }

/** One experiment, for the verbs that are about one. */
export const EXPERIMENT_ID: VerbOption = {
  flags: '-x, --experiment-id <id>',
  help: 'id of the experiment',
  required: true,
}

/** Output for spreadsheets and data frames. */
export const CSV: VerbOption = { flags: '--csv', help: 'print CSV' }

/** The name of a new or wanted experiment. */
export const NAME_FLAGS = '-n, --experiment-name <name>'
