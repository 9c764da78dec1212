import type { Tracker } from '../client/tracker.js'
import type { Given } from './given.js'
import type { Platform } from './terminal.js'

/** An option of a verb, for a parser of command lines and for the help. */
export interface VerbOption {
  /** Such as `-x, --experiment-id <id>`; without `<...>` it is a flag. */
  readonly flags: string
  readonly help: string
  /** It may be given several times. */
  readonly many?: boolean
  readonly required?: boolean
  /** The only values it takes. */
  readonly choices?: readonly string[]
  /** Its value where it is not given. */
  readonly fallback?: string
  /** It takes a whole number from 1. */
  readonly count?: boolean
}

/** What a verb works with. */
export interface Context extends Platform {
  /** Whether the user wants JSON. */
  readonly json: boolean
}

/** One verb of the command line, as data: a platform's parser turns it into a command with a help. */
export interface Verb {
  readonly group:
    | 'runs'
    | 'experiments'
    | 'models'
    | 'artifacts'
    | 'server'
    | 'storage'
    | 'import'
    | 'export'
    | 'gc'
  readonly name: string
  readonly alias?: string
  /** It is what the group does when no verb is named. */
  readonly isDefault?: boolean
  readonly summary: string
  readonly options: readonly VerbOption[]
  /** What stands after the options, such as `<run-id...>`. */
  readonly operands?: string
  /** Command lines for the help. */
  readonly examples: readonly string[]
  /** Does it. UsageError, or a TrackletError of the store. */
  readonly run: (context: Context, given: Given) => Promise<void>
}

/**
 * Opens the store, and closes it whatever happens. A store that is not there is made only where `create` says so; with
 * `orEmpty` an empty one is taken for it.
 */
export async function withTracker<T>(
  context: Platform,
  work: (tracker: Tracker) => Promise<T>,
  { create = false, orEmpty = false } = {},
): Promise<T> {
  const tracker = await context.openTracker({ create, orEmpty })
  try {
    return await work(tracker)
  } finally {
    await tracker.close()
  }
}
