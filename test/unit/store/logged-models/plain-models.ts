import type {
  LoggedModel,
  LoggedModelStatus,
  ModelMetric,
} from '../../../../src/entities/logged-model.js'

/** A logged model by the plain rules. */
export interface PlainModel {
  readonly at: number
  readonly created: number
  updated: number
  status: LoggedModelStatus
  deleted: boolean
  readonly tags: Map<string, string>
  readonly params: Map<string, string>
  readonly points: ModelMetric[]
}

/** Models that runs have used and made: from model to step. */
interface PlainLinks {
  readonly inputs: Set<string>
  readonly outputs: Map<string, number>
}

/** What a call breaks. */
export class Refused extends Error {}

/** The rules of logged models, written as simply as can be; models and runs go by the number of their making. */
export class PlainModels {
  readonly models = new Map<number, PlainModel>()
  readonly links: readonly PlainLinks[]
  #made = 0

  constructor(runs: number) {
    this.links = Array.from({ length: runs }, () => ({ inputs: new Set(), outputs: new Map() }))
  }

  create(param: readonly [string, string], now: number): void {
    this.models.set(this.#made, {
      at: this.#made++,
      created: now,
      updated: now,
      status: 'PENDING',
      deleted: false,
      tags: new Map(),
      params: new Map([param]),
      points: [],
    })
  }

  any(at: number): PlainModel {
    const model = this.models.get(at)
    if (model === undefined) throw new Refused('no such model')
    return model
  }

  active(at: number): PlainModel {
    const model = this.any(at)
    if (model.deleted) throw new Refused('a deleted model')
    return model
  }

  finalize(at: number, status: LoggedModelStatus, now: number): void {
    Object.assign(this.active(at), { status, updated: now })
  }

  delete(at: number, now: number): void {
    Object.assign(this.active(at), { deleted: true, updated: now })
  }

  purge(at: number): void {
    if (!this.any(at).deleted) throw new Refused('not deleted')
    this.models.delete(at)
  }

  deleteTag(at: number, key: string): void {
    if (!this.active(at).tags.delete(key)) throw new Refused('no such tag')
  }

  param(at: number, key: string, value: string): void {
    const { params } = this.active(at)
    if ((params.get(key) ?? value) !== value) throw new Refused('another value')
    params.set(key, value)
  }

  output(run: number, modelId: string, step: number): void {
    const { outputs } = this.links[run]!
    if (outputs.has(modelId)) throw new Refused('linked already')
    outputs.set(modelId, step)
  }
}

/** A model as the store should show it, but for what is made up. */
export function shown(model: PlainModel): Partial<LoggedModel> {
  return {
    name: `model ${model.at}`,
    creationTimestamp: model.created,
    lastUpdatedTimestamp: model.updated,
    status: model.status,
    tags: Object.fromEntries(model.tags),
    params: Object.fromEntries(model.params),
    metrics: [...model.points].sort(
      (a, b) =>
        (a.key < b.key ? -1 : a.key > b.key ? 1 : 0) ||
        Number(a.timestamp) - Number(b.timestamp) ||
        Number(a.step) - Number(b.step) ||
        a.value - b.value ||
        (a.runId < b.runId ? -1 : a.runId > b.runId ? 1 : 0),
    ),
  }
}
