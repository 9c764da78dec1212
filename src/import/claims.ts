import { isRandomId, isTraceId } from '../entities/ids.js'
import type { AskedNames, ImportStore, TakenNames } from '../store/import-store.js'
import type { ExperimentPlace } from './conflicts.js'
import type { OnConflict } from './import-options.js'
import { newId } from './conflicts.js'
import type { ImportTally } from './report.js'

/** The kinds of things that are known by random ids. */
export type IdKind = 'runs' | 'loggedModels' | 'traces'

/** Where a thing of a source goes. */
export interface Place {
  /** Its id here. */
  readonly id: string
  /** Whether one of that id is here, and goes. */
  readonly replaces: boolean
}

const IS_ID: Readonly<Record<IdKind, (text: string) => boolean>> = {
  runs: isRandomId,
  loggedModels: isRandomId,
  traces: isTraceId,
}
const ASKED = {
  runs: 'runIds',
  loggedModels: 'loggedModelIds',
  traces: 'traceIds',
} as const satisfies Record<IdKind, keyof AskedNames>
const PREFIX: Readonly<Record<IdKind, string>> = { runs: '', loggedModels: 'm-', traces: 'tr-' }

/** Ids and names that are taken, in the store or by what an import has taken in so far, which is not in the store yet. */
export class Claims implements Pick<ImportStore, 'findTaken'> {
  /** From ids in the source to those here, where they differ. */
  readonly renamed: Readonly<Record<IdKind, Map<string, string>>> = {
    runs: new Map(),
    loggedModels: new Map(),
    traces: new Map(),
  }
  readonly #store: Pick<ImportStore, 'findTaken'>
  readonly #tally: ImportTally
  readonly #onConflict: OnConflict
  readonly #seen: Readonly<Record<IdKind, Set<string>>> = {
    runs: new Set(),
    loggedModels: new Set(),
    traces: new Set(),
  }
  readonly #experiments = new Map<string, string>()
  readonly #experimentNames = new Map<string, string>()
  readonly #models = new Set<string>()
  readonly #assessments = new Set<string>()
  /** Ids that the store has said it has. */
  readonly #there: Readonly<Record<IdKind, Set<string>>> = {
    runs: new Set(),
    loggedModels: new Set(),
    traces: new Set(),
  }

  constructor(
    store: Pick<ImportStore, 'findTaken'>,
    tally: ImportTally,
    onConflict: OnConflict = 'skip',
  ) {
    this.#store = store
    this.#tally = tally
    this.#onConflict = onConflict
  }

  async findTaken(names: AskedNames): Promise<TakenNames> {
    const taken = await this.#store.findTaken(names)
    return {
      ...taken,
      experiments: { ...taken.experiments, ...known(names.experimentIds, this.#experiments) },
      experimentNames: {
        ...taken.experimentNames,
        ...known(names.experimentNames, this.#experimentNames),
      },
      models: [
        ...new Set([
          ...taken.models,
          ...(names.modelNames ?? []).filter((name) => this.#models.has(name)),
        ]),
      ],
    }
  }

  /** Says that an experiment is taken in. */
  addExperiment({ experimentId, name, exists }: ExperimentPlace): void {
    if (exists) return
    this.#experiments.set(experimentId, name)
    this.#experimentNames.set(name, experimentId)
  }

  /** Says that a registered model is taken in. */
  addModel(name: string): void {
    this.#models.add(name)
  }

  /**
   * Where a thing goes whose id the store was asked about; null, and counted or doubted, where it is not taken in. `path`
   * is where it is in the source.
   */
  place(kind: IdKind, id: string, path: string): Place | null {
    const seen = this.#seen[kind]
    const reason = !IS_ID[kind](id)
      ? `'${id.slice(0, 80)}' is no id: it was left out.`
      : seen.has(id)
        ? `The id '${id}' is there twice: this one was left out.`
        : null
    if (reason !== null) {
      this.#tally.doubt(path, reason)
      return null
    }
    seen.add(id)
    const isThere = this.#there[kind].has(id)
    if (isThere && this.#onConflict === 'skip') {
      this.#tally.count(kind, id, 'skipped')
      return null
    }
    if (isThere && this.#onConflict === 'rename') return this.#rename(kind, id)
    return { id, replaces: isThere }
  }

  /** Asks the store about ids, all at once: before `place`. */
  async ask(kind: IdKind, ids: readonly string[]): Promise<void> {
    const good = ids.filter((id) => IS_ID[kind](id))
    const taken = await this.#store.findTaken({ [ASKED[kind]]: good })
    for (const id of Object.keys(taken[kind])) this.#there[kind].add(id)
  }

  /** Whether a trace's assessment may have an id: neither another trace here has it, nor another of the import. */
  async takesAssessment(assessmentId: string, traceId: string): Promise<boolean> {
    const taken = await this.#store.findTaken({ assessmentIds: [assessmentId] })
    const owner = Object.hasOwn(taken.assessments, assessmentId)
      ? taken.assessments[assessmentId]
      : traceId
    if (owner !== traceId || this.#assessments.has(assessmentId)) return false
    this.#assessments.add(assessmentId)
    return true
  }

  #rename(kind: IdKind, id: string): Place {
    const own = `${PREFIX[kind]}${newId()}`
    this.renamed[kind].set(id, own)
    this.#tally.rename(id, own)
    return { id: own, replaces: false }
  }
}

function known(
  names: readonly string[] | undefined,
  all: ReadonlyMap<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    (names ?? []).flatMap((name) => {
      const value = all.get(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}
