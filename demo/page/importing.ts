import type { OnConflict, Tracker } from 'tracklet'
import { grownExperiments, idHere, listExperiments, skippedExperiment } from './experiments.js'
import type { ListedExperiment } from './experiments.js'
import type { Given } from './given.js'
import { ImportView } from './import-view.js'
import { reporting, showNotice } from './notices.js'

/** Brings in what the reader gives, one thing at a time, and tells of it in the panel. */
export class Importing {
  readonly #tracker: Tracker
  readonly #open: (experiment: ListedExperiment) => void
  readonly #view = new ImportView()
  #underway = false

  /** `open` shows an experiment. */
  constructor(tracker: Tracker, open: (experiment: ListedExperiment) => void) {
    this.#tracker = tracker
    this.#open = open
  }

  /** Imports something, and shows the experiment that most of it went to. */
  async take(given: Given, onConflict: OnConflict = 'skip'): Promise<void> {
    if (this.#underway)
      return showNotice('Something is being imported already: wait for it, or cancel it.')
    this.#underway = true
    const cancel = new AbortController()
    try {
      await this.#take(given, onConflict, cancel)
    } catch (error) {
      this.#view.showFailure(given.name, error, cancel.signal.aborted)
    } finally {
      this.#underway = false
    }
  }

  async #take(given: Given, onConflict: OnConflict, cancel: AbortController): Promise<void> {
    const { name, input, artifacts } = given
    const onProgress = this.#view.showReading(name, () => cancel.abort())
    const before = await listExperiments(this.#tracker)
    const report = await this.#tracker.importFrom(input, {
      onConflict,
      onProgress,
      signal: cancel.signal,
      ...(artifacts && { artifacts }),
    })
    const after = await listExperiments(this.#tracker)
    const find = (id: string | null): ListedExperiment | undefined =>
      after.find(({ experimentId }) => experimentId === id)
    const brought = grownExperiments(before, after)
    this.#view.showReport({
      name,
      report,
      brought,
      nameOf: (id) => find(idHere(report, id))?.name ?? id,
      open: this.#open,
      replace: () => reporting('The import', () => this.take(given, 'replace')),
    })
    const shown = brought[0] ?? find(await skippedExperiment(this.#tracker, report))
    if (shown) this.#open(shown)
  }
}
