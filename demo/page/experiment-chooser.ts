import type { Shown } from './board.js'
import { byId, h } from './dom.js'
import type { ListedExperiment } from './experiments.js'
import type { TaskName } from './worker-messages.js'

/** Those that the page trains into; they come into being with their first run. */
const OWN: readonly TaskName[] = ['penguins', 'digits']
const NEW = 'new:'

/** The chooser of experiments. */
export class ExperimentChooser {
  readonly #select = byId('experiment', HTMLSelectElement)
  #state = ''

  constructor(choose: (shown: Shown) => void) {
    this.#select.addEventListener('change', () => {
      const { value, selectedOptions } = this.#select
      const name = selectedOptions[0]?.dataset.name ?? ''
      choose({ experimentId: value.startsWith(NEW) ? null : value, name })
    })
  }

  /** Lists these experiments, and tells which is shown; leaves an open list alone where nothing differs. */
  show(listed: readonly ListedExperiment[], shown: Shown): void {
    const state = JSON.stringify([listed, shown])
    if (state === this.#state) return
    this.#state = state
    const names = new Set(listed.map(({ name }) => name))
    const missing = OWN.filter((name) => !names.has(name))
    const here = listed.filter((one) => !one.isDeleted && !isIdleDefault(one, shown))
    const deleted = listed.filter(({ isDeleted }) => isDeleted)
    const groups = [
      ...missing.map((name) => option(NEW + name, name, `${name} (no runs yet)`)),
      ...here.map((one) => option(one.experimentId, one.name, `${one.name} (${count(one)})`)),
    ]
    const bin = deleted.map((one) =>
      option(one.experimentId, one.name, `${one.name} (${count(one)})`),
    )
    const below = bin.length > 0 ? [h('optgroup', { label: 'Deleted' }, ...bin)] : []
    this.#select.replaceChildren(...groups, ...below)
    this.#select.value = shown.experimentId ?? NEW + shown.name
    this.#select.disabled = false
  }
}

/** Every store has it, and mostly nobody uses it. */
function isIdleDefault(
  { experimentId, runs, deletedRuns }: ListedExperiment,
  shown: Shown,
): boolean {
  return experimentId === '0' && runs + deletedRuns === 0 && shown.experimentId !== '0'
}

function option(value: string, name: string, text: string): HTMLOptionElement {
  const element = h('option', { value }, text)
  element.dataset.name = name
  return element
}

function count({ runs, deletedRuns, isDeleted }: ListedExperiment): string {
  const amount = isDeleted ? runs + deletedRuns : runs
  return `${amount.toLocaleString('en')} ${amount === 1 ? 'run' : 'runs'}`
}
