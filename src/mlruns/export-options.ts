import type { ViewType } from '../entities/lifecycle.js'
import { invalid } from '../entities/invalid.js'
import type { SearchSyntax } from '../search/grammar/ast.js'
import type { ExportProgress, ExportReport } from './export-report.js'

/** Which part of a store to export, and for which place. */
export interface ExportOptions {
  /** Only these experiments; all, deleted ones too, when absent. */
  readonly experimentIds?: readonly string[]
  /** Only these runs, with the experiments that they are in. */
  readonly runIds?: readonly string[]
  /** Only the runs that a search finds, in the experiments that `experimentIds` names, or in all. */
  readonly filter?: string
  /** With `maxResults`: which runs come first. */
  readonly orderBy?: readonly string[]
  /** At most so many runs. */
  readonly maxResults?: number
  /** Of a search: `ACTIVE_ONLY` by default. */
  readonly viewType?: ViewType
  /** Of the filter: `mlflow` by default. */
  readonly syntax?: SearchSyntax
  /**
   * Whether registered models are in it, true by default: all of them with everything, with a part those versions whose
   * run or logged model is in it.
   */
  readonly registry?: boolean
  /**
   * Whether lines of runs' metrics name the dataset that a point was measured on, as MLflow 3 writes them; true by
   * default. MLflow 2 fails to read such runs, and MLflow 3 itself (3.17) takes such points for those of step 0.
   */
  readonly metricDatasets?: boolean
  /**
   * Where the mlruns folder will be found, as a path or URI: what the artifact URIs begin with.
   * `mlruns` when absent, which MLflow takes from its working directory, so that it finds the artifacts
   * when it runs in the folder that the zip was unpacked in. `file:///data/mlruns` works from anywhere.
   */
  readonly artifactRoot?: string
  readonly signal?: AbortSignal
  /** Called now and then, some times a second at most, and once at the end. */
  readonly onProgress?: (progress: ExportProgress) => void
}

/** The same, of a zip. */
export interface ExportZipOptions extends ExportOptions {
  /**
   * Called once, with what is in the zip and what MLflow's format could not hold, when all of it was read: just before
   * the stream ends. Not where it fails.
   */
  readonly onReport?: (report: ExportReport) => void
}

/** The options that make a search. */
const SEARCH = ['filter', 'orderBy', 'maxResults', 'viewType', 'syntax'] as const

/** Every option. */
export const EXPORT_OPTIONS: readonly string[] = [
  ...[
    'experimentIds',
    'runIds',
    'registry',
    'metricDatasets',
    'artifactRoot',
    'signal',
    'onProgress',
  ],
  ...SEARCH,
]

/** Every option of a zip. */
export const EXPORT_ZIP_OPTIONS: readonly string[] = [...EXPORT_OPTIONS, 'onReport']

/** Whether runs are to be searched for. */
export function isSearch(options: ExportOptions): boolean {
  return SEARCH.some((name) => options[name] !== undefined)
}

/** Whether it is not everything that is to be exported. */
export function isPart(options: ExportOptions): boolean {
  return options.experimentIds !== undefined || options.runIds !== undefined || isSearch(options)
}

/** INVALID_PARAMETER_VALUE for options of a wrong kind, and for those that do not go together. */
export function checkExportOptions(options: ExportZipOptions): void {
  for (const name of ['experimentIds', 'runIds'] as const) {
    const ids: unknown = options[name]
    if (ids === undefined) continue
    if (!Array.isArray(ids) || ids.some((id) => typeof id !== 'string'))
      throw invalid(`Invalid value for parameter '${name}' supplied: give an array of texts.`)
  }
  if (options.artifactRoot !== undefined && typeof options.artifactRoot !== 'string')
    throw invalid("Invalid value for parameter 'artifactRoot' supplied: give a path or a URI.")
  for (const name of ['onProgress', 'onReport'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw invalid(`Invalid value for parameter '${name}' supplied: give a function.`)
  if (options.runIds !== undefined && isSearch(options))
    throw invalid('Give either runIds or a search (filter, orderBy, maxResults), not both.')
}
