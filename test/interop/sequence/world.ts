import { chance, pick, type Random } from '../../helpers/random-runs.js'

/** An experiment as the generator remembers it. Its id is the same on both servers: they count alike. */
export interface KnownExperiment {
  readonly id: string
  name: string
  stage: 'active' | 'deleted'
  /** Its files are elsewhere, where neither server can reach them. */
  readonly remote: boolean
  readonly tags: Set<string>
}

/** A run, by the symbol of its id. */
export interface KnownRun {
  readonly id: string
  readonly experiment: KnownExperiment
  stage: 'active' | 'deleted'
  readonly metrics: Set<string>
  readonly params: Map<string, string>
  readonly tags: Set<string>
  readonly files: Set<string>
}

/** A registered model. */
export interface KnownModel {
  name: string
  readonly versions: Set<number>
  highest: number
  readonly aliases: Set<string>
  readonly tags: Set<string>
}

/** A logged model or a trace, by its id or symbol. */
export interface KnownItem {
  readonly id: string
  readonly experiment: KnownExperiment
  stage: 'active' | 'deleted'
  readonly tags: Set<string>
}

const UNKNOWN_RUNS = ['0'.repeat(32), 'f'.repeat(32), 'nope', 'no such run!', 'a/b', ' ', 'é']
const UNKNOWN_EXPERIMENTS = ['12345', '999999999', '-3', 'abc', '1.5', ' 1', 'é', '00x']

/** The little that the generator keeps of what exists, so that its calls mean something. */
export class World {
  readonly random: Random
  readonly experiments: KnownExperiment[] = [
    { id: '0', name: 'Default', stage: 'active', remote: false, tags: new Set() },
  ]
  readonly runs: KnownRun[] = []
  readonly models: KnownModel[] = []
  readonly loggedModels: KnownItem[] = []
  readonly traces: KnownItem[] = []
  /** Where calls go whose outcome may differ: nothing else reads it. */
  quarantine: KnownExperiment | null = null
  #count = 0

  constructor(random: Random) {
    this.random = random
  }

  /** A number that was not given before in this world. */
  next(): number {
    return ++this.#count
  }

  /** A symbol for an id that the servers make up. */
  symbol(kind: string): string {
    return `⟦${kind}${this.next()}⟧`
  }

  /** An experiment that is there: mostly an active one, never the one in quarantine. */
  experiment(): KnownExperiment {
    const open = this.experiments.filter((one) => one !== this.quarantine)
    const active = open.filter(({ stage }) => stage === 'active')
    return pick(this.random, active.length > 0 && chance(this.random, 0.9) ? active : open)
  }

  /** An experiment's id; now and then one that is not there. */
  experimentId(): string {
    if (chance(this.random, 0.06)) return pick(this.random, UNKNOWN_EXPERIMENTS)
    return this.experiment().id
  }

  /** A run that is there, mostly an active and a recent one; null as long as there is none. */
  run(): KnownRun | null {
    const open = this.runs.filter(({ experiment }) => experiment !== this.quarantine)
    const active = open.filter(({ stage }) => stage === 'active')
    const among = active.length > 0 && chance(this.random, 0.88) ? active : open
    if (among.length === 0) return null
    return pick(this.random, chance(this.random, 0.6) ? among.slice(-4) : among)
  }

  /** A run's id; now and then one that is not there. */
  runId(run: KnownRun): string {
    return chance(this.random, 0.05) ? pick(this.random, UNKNOWN_RUNS) : run.id
  }

  /** A registered model; null as long as there is none. */
  model(): KnownModel | null {
    return this.models.length === 0 ? null : pick(this.random, this.models.slice(-8))
  }

  /** A model's name; now and then one that is not there. */
  modelName(model: KnownModel): string {
    return chance(this.random, 0.05) ? pick(this.random, ['nope', 'a/b', ' ', 'x:y']) : model.name
  }

  /** A version of a model, as text; now and then one that is not there, or is no number. */
  version({ versions, highest }: KnownModel): string {
    const odd = [String(highest + 1), '0', '-1', 'abc', '1.0', ' 1', '99999999999999999999', 'v1']
    if (versions.size === 0 || chance(this.random, 0.08)) return pick(this.random, odd)
    return String(pick(this.random, [...versions]))
  }
}
