import { invalid, invalidValue } from '../entities/invalid.js'

/** What is done about what is here already. */
export type OnConflict = 'skip' | 'replace' | 'rename'

/** Every OnConflict, for checks. */
export const ON_CONFLICT: readonly OnConflict[] = ['skip', 'replace', 'rename']

/** How far an import is. */
export interface ImportProgress {
  readonly runs: number
  /** Metric points. */
  readonly points: number
  readonly artifacts: number
  readonly artifactBytes: number
}

/** How things are imported. */
export interface ImportOptions {
  /**
   * What is done about runs, models and traces that are here already: `skip` (the default) leaves what is here as it is,
   * `replace` puts the imported ones in its place and sets the tags of experiments, `rename` gives the imported ones new
   * ids and names.
   */
  readonly onConflict?: OnConflict
  /** Reads and checks everything, and changes nothing. */
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
  /** Called now and then, some times a second at most. */
  readonly onProgress?: (progress: ImportProgress) => void
}

/** Every option. */
export const IMPORT_OPTIONS: readonly string[] = ['onConflict', 'dryRun', 'signal', 'onProgress']

/** INVALID_PARAMETER_VALUE for options of a wrong kind. */
export function checkImportOptions({ onConflict, dryRun, onProgress }: ImportOptions): void {
  if (onConflict !== undefined && !ON_CONFLICT.includes(onConflict))
    throw invalidValue('onConflict', onConflict, `It must be one of ${ON_CONFLICT.join(', ')}.`)
  if (dryRun !== undefined && typeof dryRun !== 'boolean')
    throw invalidValue('dryRun', dryRun, 'It must be true or false.')
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw invalid("Invalid value for parameter 'onProgress' supplied: give a function.")
}
