import type { Plan } from '../../commands.js'
import type {
  AskedNames,
  ImportedExperiment,
  ImportedModel,
  TakenNames,
} from '../../import-store.js'
import type { CatalogState } from '../state.js'
import { planImportExperiment } from './plan-experiment.js'
import type { Imported } from './plan-experiment.js'
import { planImportModel } from './plan-model.js'
import type { Staged } from './staged.js'
import { findTaken } from './taken.js'

/** The part of the catalog that takes in what was made elsewhere. As `Catalog`: plans change nothing. */
export class CatalogImport {
  readonly #state: CatalogState

  constructor(state: CatalogState) {
    this.#state = state
  }

  /** Which of some ids and names are here already. */
  findTaken(names: AskedNames): TakenNames {
    return findTaken(this.#state, names)
  }

  /** An id for a series that a later record defines. */
  takeSeriesId(): number {
    return this.#state.counters.series++
  }

  planExperiment(experiment: ImportedExperiment, staged: Staged): Plan<Imported> {
    return planImportExperiment(this.#state, experiment, staged)
  }

  planModel(model: ImportedModel): Plan<void> {
    return planImportModel(this.#state, model)
  }
}
