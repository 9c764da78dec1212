import { openTracker } from 'tracklet'
import type { Run, Tracker } from 'tracklet'
import { Board, RUNS_READ } from './board.js'
import type { Shown } from './board.js'
import { byId } from './dom.js'
import { saveStream } from './download.js'
import { ExperimentChooser } from './experiment-chooser.js'
import { formatCount } from './format.js'
import { HistoryView } from './history-view.js'
import { takeImports } from './import-sources.js'
import { Importing } from './importing.js'
import { reporting, showError, showNotice } from './notices.js'
import { showDetails } from './run-details.js'
import { RunsTable } from './runs-table.js'
import { storageLine } from './storage-line.js'
import { TrainForm } from './train-form.js'
import { TrainingStopped } from './trainer.js'
import { Training } from './training.js'
import type { TaskName } from './worker-messages.js'

/** Puts the parts of the page over one tracker. */
class Page {
  readonly #tracker: Tracker
  readonly #board: Board
  readonly #chooser: ExperimentChooser
  readonly #history: HistoryView
  readonly #table: RunsTable
  readonly #training: Training
  readonly #form: TrainForm
  readonly #details = byId('details', HTMLElement)
  readonly #withDeleted = byId('with-deleted', HTMLInputElement)
  readonly #more = byId('more', HTMLButtonElement)

  constructor(tracker: Tracker) {
    const failed = (error: unknown): void => showError('The store could not be read', error)
    this.#tracker = tracker
    this.#form = new TrainForm({
      choose: (task) => this.#open(placeOf(task)),
      train: (task, settings) => this.#work(task, () => this.#training.trainOne(task, settings)),
      sweep: (task, settings) => this.#work(task, () => this.#training.sweep(task, settings)),
      stop: () => this.#training.stop(),
    })
    const first = readAddress() ?? placeOf(this.#form.task)
    this.#board = new Board(tracker, first, { change: () => this.#show(), error: failed })
    this.#chooser = new ExperimentChooser((shown) => this.#open(shown))
    this.#history = new HistoryView(tracker, this.#board, failed)
    this.#training = new Training(tracker, {
      started: (runId) => this.#board.setDrawn(runId, true),
      progressed: (share, text) => this.#form.showProgress(share, text),
    })
    this.#table = new RunsTable(byId('runs', HTMLDivElement), this.#board.colours, {
      draw: (runId, drawn) => this.#board.setDrawn(runId, drawn),
      open: (run) => reporting('The run could not be read', () => this.#openRun(run)),
    })
    this.#listen()
  }

  /** Shows what the store holds, then follows its changes until it is closed. */
  async start(): Promise<void> {
    await this.#board.show(this.#board.shown)
    // An address may be that of an experiment that another browser has.
    if (this.#board.shown.name === '') await this.#board.show(placeOf(this.#form.task))
    this.#form.busy = false
    const importing = new Importing(this.#tracker, (experiment) => this.#open(experiment))
    takeImports((given) => reporting('The import', () => importing.take(given)))
    for (const id of ['import-file', 'import-folder']) byId(id, HTMLButtonElement).disabled = false
    for await (const changes of this.#tracker.watch({ metrics: [] }))
      this.#board.noteChanges(changes)
  }

  #listen(): void {
    this.#tracker.addEventListener('error', (event) =>
      showError('Something could not be logged', (event as CustomEvent).detail),
    )
    byId('export', HTMLButtonElement).addEventListener('click', () =>
      reporting('The runs could not be exported', () => this.#export()),
    )
    this.#withDeleted.addEventListener('change', () =>
      reporting('The runs could not be read', () =>
        this.#board.showDeleted(this.#withDeleted.checked),
      ),
    )
    this.#more.addEventListener('click', () => {
      if (this.#table.hidden === 0 && this.#board.hasMore)
        reporting('The runs could not be read', () => this.#board.readMore())
      this.#table.showMore()
      this.#showRunsHead()
    })
  }

  /** Shows another experiment; remembers it in the address, so that a reload finds it. */
  #open(shown: Shown): void {
    this.#details.hidden = true
    this.#table.reset()
    reporting('The runs could not be read', () => this.#board.show(shown))
  }

  #show(): void {
    const { runs, shown } = this.#board
    this.#chooser.show(this.#board.experiments, shown)
    this.#form.showTask(shown.name)
    this.#table.show(runs)
    this.#history.refresh()
    this.#showRunsHead()
    writeAddress(shown)
    reporting('The state of the store could not be read', async () => {
      byId('storage', HTMLParagraphElement).textContent = await storageLine(this.#tracker)
    })
  }

  #showRunsHead(): void {
    const { runs, listed, total, hasMore } = this.#board
    const isEmpty = runs.length === 0
    byId('export', HTMLButtonElement).disabled = isEmpty
    byId('empty', HTMLParagraphElement).hidden = !isEmpty || !isOwn(this.#board.shown.name)
    byId('empty-other', HTMLParagraphElement).hidden = !isEmpty || isOwn(this.#board.shown.name)
    byId('runs-note', HTMLParagraphElement).textContent = isEmpty
      ? ''
      : `${hasMore ? `The newest ${runs.length.toLocaleString('en')} of ${formatCount(total, 'run')}. ` : ''}Click a name for its details, a heading to sort.`
    const { deletedRuns = 0, isDeleted = false } = listed ?? {}
    this.#withDeleted.checked = this.#board.withDeleted
    byId('with-deleted-label', HTMLLabelElement).hidden = deletedRuns === 0 || isDeleted
    this.#more.hidden = this.#table.hidden === 0 && !hasMore
    this.#more.textContent =
      this.#table.hidden > 0
        ? `Show more of ${formatCount(runs.length, 'run')}`
        : `Read ${RUNS_READ} more`
  }

  #openRun(run: Run): Promise<void> {
    return showDetails(this.#details, this.#tracker, run, {
      remove: (it) => reporting('The run could not be deleted', () => this.#remove(it)),
      restore: (it) => reporting('The run could not be restored', () => this.#restore(it)),
    })
  }

  #work(task: TaskName, train: () => Promise<void>): void {
    if (this.#board.shown.name !== task) this.#open(placeOf(task))
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
    if (this.#training.isUnderway(runId))
      return showNotice(`“${runName}” is being trained: stop it before you delete it.`)
    await this.#tracker.client.deleteRun(runId)
    this.#details.hidden = true
    showNotice(`Deleted “${runName}”.`, {
      label: 'Undo',
      run: () => reporting('The run could not be restored', () => this.#restore(run)),
    })
  }

  async #restore({ info }: Run): Promise<void> {
    await this.#tracker.client.restoreRun(info.runId)
    this.#details.hidden = true
  }

  async #export(): Promise<void> {
    const { experimentId, name } = this.#board.shown
    const experimentIds = experimentId === null ? [] : [experimentId]
    const zip = this.#tracker.exportZip({ experimentIds })
    await saveStream(zip, `${name.replace(/[\\/:*?"<>|]/g, '_')}.zip`, 'application/zip')
  }
}

/** Where the runs of a task are; their experiment is found by its name. */
function placeOf(task: TaskName): Shown {
  return { experimentId: null, name: task }
}

function isOwn(name: string): boolean {
  return name === 'penguins' || name === 'digits'
}

function readAddress(): Shown | null {
  const id = /^#experiment=(\d+)$/.exec(location.hash)?.[1]
  return id === undefined ? null : { experimentId: id, name: '' }
}

function writeAddress({ experimentId }: Shown): void {
  const hash = experimentId === null ? '' : `#experiment=${experimentId}`
  if (hash !== location.hash)
    history.replaceState(null, '', location.pathname + location.search + hash)
}

openTracker().then(
  (tracker) => new Page(tracker).start().catch((error: unknown) => showError('The page', error)),
  (error: unknown) => showError('The store could not be opened', error),
)
