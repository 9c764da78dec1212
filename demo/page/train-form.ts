import type { TrainSettings } from '../shared/settings.js'
import { byId } from './dom.js'
import type { TaskName } from './worker-messages.js'

/** What the form asks of the page. */
export interface FormActions {
  readonly choose: (task: TaskName) => void
  readonly train: (task: TaskName, settings: TrainSettings) => void
  readonly sweep: (task: TaskName, settings: TrainSettings) => void
  readonly stop: () => void
}

const BATCH_SIZE = { penguins: 32, digits: 128 } as const
const EPOCHS = { penguins: 20, digits: 3 } as const

/** The form that starts and stops trainings. */
export class TrainForm {
  readonly #form = byId('train-form', HTMLFormElement)
  readonly #task = byId('task', HTMLSelectElement)
  readonly #progress = byId('progress', HTMLProgressElement)
  readonly #progressText = byId('progress-text', HTMLParagraphElement)
  #isBusy = false

  constructor(actions: FormActions) {
    const sweep = byId('sweep', HTMLButtonElement)
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      const start = event.submitter === sweep ? actions.sweep : actions.train
      start(this.task, this.#settings())
    })
    this.#task.addEventListener('change', () => {
      this.#takeTask()
      actions.choose(this.task)
    })
    byId('stop', HTMLButtonElement).addEventListener('click', actions.stop)
  }

  /** Which data are trained on. */
  get task(): TaskName {
    return this.#task.value === 'digits' ? 'digits' : 'penguins'
  }

  /** Follows the experiment that is shown, where it is one of a task and nothing is being trained. */
  showTask(experiment: string): void {
    const isTask = [...this.#task.options].some(({ value }) => value === experiment)
    if (!isTask || experiment === this.task || this.#isBusy) return
    this.#task.value = experiment
    this.#takeTask()
  }

  /** Lets the reader start something, or only stop it. */
  set busy(busy: boolean) {
    this.#isBusy = busy
    byId('train-fields', HTMLFieldSetElement).disabled = busy
    byId('train', HTMLButtonElement).disabled = busy
    byId('sweep', HTMLButtonElement).disabled = busy
    byId('stop', HTMLButtonElement).disabled = !busy
  }

  /** Shows how far the work is, from 0 to 1. */
  showProgress(share: number, text: string): void {
    this.#progress.value = share
    this.#progressText.textContent = text
  }

  #takeTask(): void {
    this.#input('epochs').value = String(EPOCHS[this.task])
  }

  #settings(): TrainSettings {
    return {
      learningRate: Number(this.#input('learningRate').value),
      hiddenUnits: Number(this.#input('hiddenUnits').value),
      epochs: Number(this.#input('epochs').value),
      seed: Number(this.#input('seed').value),
      batchSize: BATCH_SIZE[this.task],
    }
  }

  #input(name: string): HTMLInputElement | HTMLSelectElement {
    const element = this.#form.elements.namedItem(name)
    if (element instanceof HTMLInputElement || element instanceof HTMLSelectElement) return element
    throw new Error(`The form has no field "${name}".`)
  }
}
