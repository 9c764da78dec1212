import { validateTagKey } from '../entities/validate.js'
import { toTrackletError } from '../errors.js'
import { pathProblem } from './layout.js'

/** What kind of thing a key or path is the name of. */
export type ExportedKind =
  | 'params'
  | 'tags'
  | 'metrics'
  | 'artifacts'
  | 'experiment tags'
  | 'logged models'
  | 'traces'
  | 'trace metadata'
  | 'assessments'
  | 'registered models'
  | 'aliases'
  | 'files'

/** Something that the file store cannot hold, and was left out. */
export interface ExportSkip {
  /** The id or name of what it belongs to: a run, an experiment, a logged model, a trace, a registered model or version. */
  readonly owner: string
  readonly kind: ExportedKind
  /** The key, the path, or the id. */
  readonly name: string
  /** For people. */
  readonly reason: string
}

/** What an export wrote, and what it could not. */
export interface ExportReport {
  readonly experiments: number
  readonly runs: number
  readonly loggedModels: number
  readonly traces: number
  readonly registeredModels: number
  readonly modelVersions: number
  /** Metric points of runs. */
  readonly points: number
  readonly artifacts: number
  readonly artifactBytes: number
  readonly skipped: readonly ExportSkip[]
}

/** How far an export is: what was begun of runs and files, and read of points and bytes. */
export type ExportProgress = Pick<ExportReport, 'runs' | 'points' | 'artifacts' | 'artifactBytes'>

/** Between two times that progress is told of. */
const TELL_EVERY_MS = 100

/** The report of an export under way. */
export class ExportTally {
  experiments = 0
  runs = 0
  loggedModels = 0
  traces = 0
  registeredModels = 0
  modelVersions = 0
  points = 0
  artifacts = 0
  artifactBytes = 0
  readonly #skipped: ExportSkip[] = []
  readonly #onProgress: ((progress: ExportProgress) => void) | undefined
  #told = -Infinity

  /** `onProgress` is told now and then how far it is. */
  constructor(onProgress?: (progress: ExportProgress) => void) {
    this.#onProgress = onProgress
  }

  /** Tells how far it is, if it was not told just now. */
  tell({ always = false } = {}): void {
    const now = Date.now()
    if (this.#onProgress === undefined || (!always && now - this.#told < TELL_EVERY_MS)) return
    this.#told = now
    const { runs, points, artifacts, artifactBytes } = this
    this.#onProgress({ runs, points, artifacts, artifactBytes })
  }

  /** Notes that something is left out. */
  skip(owner: string, kind: ExportedKind, name: string, reason: string): void {
    this.#skipped.push({ owner, kind, name, reason })
  }

  /**
   * The keys that can be files, sorted; the others are noted. Where a key is also a folder of another one
   * (`p` and `p/q`), it is kept and those below it are not: no folder can hold both.
   */
  fileKeys(owner: string, kind: ExportedKind, keys: readonly string[]): string[] {
    const all = new Set(keys)
    return [...all].sort().filter((key) => {
      const above = foldersOf(key).find((folder) => all.has(folder))
      const problem = above === undefined ? pathProblem(key) : `'${above}' is a file beside it`
      if (problem !== null) this.skip(owner, kind, key, problem)
      return problem === null
    })
  }

  /**
   * The same for keys that MLflow reads only by its rules for tags: of a trace, one other makes it fail to read all.
   */
  tagFiles(owner: string, kind: ExportedKind, values: Readonly<Record<string, string>>): string[] {
    const good = Object.keys(values).filter((key) => {
      const problem = tagProblem(key)
      if (problem !== null) this.skip(owner, kind, key, problem)
      return problem === null
    })
    return this.fileKeys(owner, kind, good)
  }

  /** The counts so far. */
  report(): ExportReport {
    const { experiments, runs, loggedModels, traces, registeredModels, modelVersions } = this
    const { points, artifacts, artifactBytes } = this
    const things = { experiments, runs, loggedModels, traces, registeredModels, modelVersions }
    return { ...things, points, artifacts, artifactBytes, skipped: [...this.#skipped] }
  }
}

function foldersOf(key: string): string[] {
  const names = key.split('/')
  return names.slice(1).map((_, i) => names.slice(0, i + 1).join('/'))
}

function tagProblem(key: string): string | null {
  try {
    validateTagKey(key)
    return null
  } catch (error) {
    return toTrackletError(error).message
  }
}
