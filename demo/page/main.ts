import { openTracker } from 'tracklet'
import type { Run, Tracker } from 'tracklet'
import { Board } from './board.js'
import { byId } from './dom.js'
import { saveStream } from './download.js'
import { DRAWABLE_METRICS, HistoryView } from './history-view.js'
import { reporting, showError, showNotice } from './notices.js'
import { showDetails } from './run-details.js'
import { RunsTable } from './runs-table.js'
import { storageLine } from './storage-line.js'
import { TrainForm } from './train-form.js'
import { TrainingStopped } from './trainer.js'
import { Training } from './training.js'

/** Puts the parts of the page over one tracker. */
class Page {
  readonly #tracker: Tracker
  readonly #board: Board
  readonly #history: HistoryView
  readonly #table: RunsTable
  readonly #training: Training
  readonly #form: TrainForm
  readonly #details = byId('details', HTMLElement)

  constructor(tracker: Tracker) {
    const failed = (error: unknown): void => showError('The store could not be read', error)
    this.#tracker = tracker
    this.#form = new TrainForm({
      choose: (task) => reporting('The runs could not be read', () => this.#board.show(task)),
      train: (task, settings) => this.#work(() => this.#training.trainOne(task, settings)),
      sweep: (task, settings) => this.#work(() => this.#training.sweep(task, settings)),
      stop: () => this.#training.stop(),
    })
    this.#board = new Board(tracker, this.#form.task, { change: () => this.#show(), error: failed })
    this.#history = new HistoryView(tracker, this.#board, failed)
    this.#training = new Training(tracker, {
      started: (runId) => this.#board.setDrawn(runId, true),
      progressed: (share, text) => this.#form.showProgress(share, text),
    })
    this.#table = new RunsTable(byId('runs', HTMLDivElement), this.#board.colours, {
      draw: (runId, drawn) => this.#board.setDrawn(runId, drawn),
      open: (run) =>
        reporting('The run could not be read', () => showDetails(this.#details, tracker, run)),
      remove: (run) => reporting('The run could not be deleted', () => this.#remove(run)),
      isUnderway: (runId) => this.#training.isUnderway(runId),
    })
    tracker.addEventListener('error', (event) =>
      showError('Something could not be logged', (event as CustomEvent).detail),
    )
    const exportButton = byId('export', HTMLButtonElement)
    exportButton.addEventListener('click', () =>
      reporting('The runs could not be exported', () => this.#export()),
    )
  }

  /** Shows what the store holds, then follows its changes until it is closed. */
  async start(): Promise<void> {
    await this.#board.show(this.#form.task)
    this.#form.busy = false
    for await (const changes of this.#tracker.watch({ metrics: DRAWABLE_METRICS })) {
      this.#board.noteChanges(changes)
      await this.#history.noteChanges(changes)
    }
  }

  #show(): void {
    const { runs } = this.#board
    this.#table.show(runs)
    this.#history.refresh()
    byId('empty', HTMLParagraphElement).hidden = runs.length > 0
    byId('export', HTMLButtonElement).disabled = runs.length === 0
    byId('runs-note', HTMLParagraphElement).textContent =
      runs.length > 0 ? 'Click a name for its files, a heading to sort.' : ''
    reporting('The state of the store could not be read', async () => {
      byId('storage', HTMLParagraphElement).textContent = await storageLine(this.#tracker)
    })
  }

  #work(train: () => Promise<void>): void {
    this.#form.busy = true
    train()
      .then(
        () => this.#form.showProgress(1, 'Trained. The best run is marked in the table.'),
        (error: unknown) => this.#reportEnd(error),
      )
      .finally(() => {
        this.#form.busy = false
        this.#board.readSoon()
      })
  }

  #reportEnd(error: unknown): void {
    const stopped = error instanceof TrainingStopped
    this.#form.showProgress(0, stopped ? 'Stopped; the run is kept.' : 'Training failed.')
    if (!stopped) showError('Training failed', error)
  }

  async #remove(run: Run): Promise<void> {
    const { runId, runName } = run.info
    await this.#tracker.client.deleteRun(runId)
    this.#details.hidden = true
    const restore = async (): Promise<void> => this.#tracker.client.restoreRun(runId)
    showNotice(`Deleted “${runName}”.`, {
      label: 'Undo',
      run: () => reporting('The run could not be restored', restore),
    })
  }

  async #export(): Promise<void> {
    const { experimentId } = this.#board
    const experimentIds = experimentId === null ? [] : [experimentId]
    const zip = this.#tracker.exportZip({ experimentIds })
    await saveStream(zip, `${this.#form.task}.zip`, 'application/zip')
  }
}

openTracker().then(
  (tracker) => new Page(tracker).start().catch((error: unknown) => showError('The page', error)),
  (error: unknown) => showError('The store could not be opened', error),
)
