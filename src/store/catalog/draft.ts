import type { KeyValue } from '../../entities/log-batch.js'
import type { Command, Counters, KeyedValue, Plan } from '../commands.js'
import { NO_CONTEXT } from './series-index.js'
import type { SeriesContext } from './series-index.js'
import type { CatalogState } from './state.js'

/**
 * A plan in the making: its commands, and the new ids, keys and series that they bring.
 * The store's counters stay as they are until the commands are applied.
 */
export class Draft {
  readonly commands: Command[] = []
  readonly #state: CatalogState
  readonly #next: Counters
  readonly #keys = new Map<string, number>()
  readonly #series = new Map<string, number>()

  constructor(state: CatalogState) {
    this.#state = state
    this.#next = { ...state.counters }
  }

  /** Adds a command. */
  add(command: Command): void {
    this.commands.push(command)
  }

  /** An unused id. */
  newId(of: keyof Counters): number {
    return this.#next[of]++
  }

  /** The id of a key, which is defined if it is new. */
  key(name: string): number {
    const known = this.#state.keys.idOf(name) ?? this.#keys.get(name)
    if (known !== undefined) return known
    const id = this.newId('key')
    this.add({ t: 'defineKey', id, name })
    this.#keys.set(name, id)
    return id
  }

  /** Pairs with their keys' ids; of a key given twice the last value stays. */
  keyed(pairs: readonly KeyValue[]): KeyedValue[] {
    return [...new Map(pairs)].map(([key, value]) => [this.key(key), value])
  }

  /** The series of a run's metric, which is defined if it is new. */
  series(run: number, name: string, context: SeriesContext = NO_CONTEXT): number {
    const key = this.key(name)
    const found = this.#state.series.find(run, key, context)
    if (found !== undefined) return found
    const text = `${run}\0${key}\0${Object.values(context).join('\0')}`
    const known = this.#series.get(text)
    if (known !== undefined) return known
    const id = this.newId('series')
    const { modelId, datasetName, datasetDigest } = context
    this.add({ t: 'defineSeries', id, run, key, modelId, datasetName, datasetDigest })
    this.#series.set(text, id)
    return id
  }

  /** The finished plan; `result` is asked after the commands are applied. */
  plan<T>(result: () => T): Plan<T> {
    return { commands: this.commands, result }
  }
}

/** A plan that changes nothing. */
export function nothingToDo<T>(result: () => T): Plan<T> {
  return { commands: [], result }
}
