import type { Doubt } from './source.js'

/** What of one kind was taken in. */
export interface ImportCount {
  readonly added: number
  /** Was here already. */
  readonly skipped: number
  /** Took the place of what was here. */
  readonly replaced: number
}

/** The kinds of things that an import counts. */
export type ImportKind = 'experiments' | 'runs' | 'loggedModels' | 'traces' | 'registeredModels'

/** Something that could not be taken, or only in part. */
export interface ImportDoubt {
  /** Where it is in the source. */
  readonly path: string
  /** For people. */
  readonly reason: string
}

/** What an import did, or with `dryRun` would do. */
export interface ImportReport extends Readonly<Record<ImportKind, ImportCount>> {
  /** Metric points. */
  readonly points: number
  readonly artifacts: number
  readonly artifactBytes: number
  /** What was here already: its kind and id or name. */
  readonly skipped: readonly { readonly kind: ImportKind; readonly id: string }[]
  readonly doubts: readonly ImportDoubt[]
  /** From the ids and names in the source to those here, where they differ. */
  readonly renamed: Readonly<Record<string, string>>
  /** Doubts beyond the first 10,000, which are counted alone. */
  readonly moreDoubts: number
}

const MOST_DOUBTS = 10_000

type Outcome = keyof ImportCount

/** The report of an import under way. */
export class ImportTally {
  points = 0
  artifacts = 0
  artifactBytes = 0
  readonly #counts: Record<ImportKind, Record<Outcome, number>> = {
    experiments: { added: 0, skipped: 0, replaced: 0 },
    runs: { added: 0, skipped: 0, replaced: 0 },
    loggedModels: { added: 0, skipped: 0, replaced: 0 },
    traces: { added: 0, skipped: 0, replaced: 0 },
    registeredModels: { added: 0, skipped: 0, replaced: 0 },
  }
  readonly #skipped: { kind: ImportKind; id: string }[] = []
  readonly #doubts: ImportDoubt[] = []
  readonly #renamed = new Map<string, string>()
  #moreDoubts = 0

  /** Counts a thing. */
  count(kind: ImportKind, id: string, outcome: Outcome): void {
    this.#counts[kind][outcome] += 1
    if (outcome === 'skipped') this.#skipped.push({ kind, id })
  }

  /** How many things of a kind were taken in. */
  taken(kind: ImportKind): number {
    return this.#counts[kind].added + this.#counts[kind].replaced
  }

  /** Notes that something cannot be taken, or only in part. */
  readonly doubt: Doubt = (path, reason) => {
    if (this.#doubts.length < MOST_DOUBTS) this.#doubts.push({ path, reason })
    else this.#moreDoubts += 1
  }

  /** Notes that an id or name is another one here. */
  rename(from: string, to: string): void {
    this.#renamed.set(from, to)
  }

  report(): ImportReport {
    const { points, artifacts, artifactBytes } = this
    return {
      ...structuredClone(this.#counts),
      points,
      artifacts,
      artifactBytes,
      skipped: [...this.#skipped],
      doubts: [...this.#doubts],
      renamed: Object.fromEntries(this.#renamed),
      moreDoubts: this.#moreDoubts,
    }
  }
}
