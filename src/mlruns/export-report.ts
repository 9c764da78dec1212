import { pathProblem } from './layout.js'

/** What kind of thing a key or path is the name of. */
export type ExportedKind = 'params' | 'tags' | 'metrics' | 'artifacts' | 'experiment tags'

/** Something that the file store cannot hold, and was left out. */
export interface ExportSkip {
  /** The id of the run, or of the experiment for its tags. */
  readonly owner: string
  readonly kind: ExportedKind
  /** The key, or the artifact's path. */
  readonly name: string
  /** For people. */
  readonly reason: string
}

/** What an export wrote, and what it could not. */
export interface ExportReport {
  readonly experiments: number
  readonly runs: number
  /** Metric points. */
  readonly points: number
  readonly artifacts: number
  readonly artifactBytes: number
  readonly skipped: readonly ExportSkip[]
}

/** The report of an export under way. */
export class ExportTally {
  experiments = 0
  runs = 0
  points = 0
  artifacts = 0
  artifactBytes = 0
  readonly #skipped: ExportSkip[] = []

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

  /** The counts so far. */
  report(): ExportReport {
    const { experiments, runs, points, artifacts, artifactBytes } = this
    return { experiments, runs, points, artifacts, artifactBytes, skipped: [...this.#skipped] }
  }
}

function foldersOf(key: string): string[] {
  const names = key.split('/')
  return names.slice(1).map((_, i) => names.slice(0, i + 1).join('/'))
}
