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

  constructor(actions: FormActions) {
    const sweep = byId('sweep', HTMLButtonElement)
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      const start = event.submitter === sweep ? actions.sweep : actions.train
      start(this.task, this.#settings())
    })
    this.#task.addEventListener('change', () => {
      this.#input('epochs').value = String(EPOCHS[this.task])
      actions.choose(this.task)
    })
    byId('stop', HTMLButtonElement).addEventListener('click', actions.stop)
  }

  /** Which data the page is about. */
  get task(): TaskName {
    return this.#task.value === 'digits' ? 'digits' : 'penguins'
  }

  /** Lets the reader start something, or only stop it. */
  set busy(busy: boolean) {
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
