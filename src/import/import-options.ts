import type { OnConflict } from './conflicts.js'

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
