import type { ModelStage } from '../../../../src/entities/registered-model.js'

/** The rules of a model registry over plain maps, as an oracle: it shares no code with what it checks. */
export interface PlainVersion {
  version: number
  created: number
  updated: number
  stage: ModelStage
  description: string | null
  source: string
  uri: string
  tags: Map<string, string>
}

export interface PlainModel {
  name: string
  created: number
  updated: number
  description: string | null
  last: number
  tags: Map<string, string>
  aliases: Map<string, number>
  versions: Map<number, PlainVersion>
}

/** Thrown for what the registry must refuse. */
export class Refused extends Error {}

export class PlainRegistry {
  readonly models = new Map<string, PlainModel>()

  model(name: string): PlainModel {
    const model = this.models.get(name)
    if (!model) throw new Refused('no model')
    return model
  }

  version(name: string, number: number): PlainVersion {
    const version = this.model(name).versions.get(number)
    if (!version) throw new Refused('no version')
    return version
  }

  create(name: string, description: string | null, now: number): void {
    if (this.models.has(name)) throw new Refused('taken')
    this.models.set(name, {
      name,
      created: now,
      updated: now,
      description,
      last: 0,
      tags: new Map(),
      aliases: new Map(),
      versions: new Map(),
    })
  }

  rename(name: string, to: string, now: number): void {
    const model = this.model(name)
    if (to !== name && this.models.has(to)) throw new Refused('taken')
    this.models.delete(name)
    this.models.set(to, model)
    model.name = to
    model.updated = now
    for (const version of model.versions.values()) version.updated = now
  }

  createVersion(name: string, source: string, from: readonly [string, number] | null, now: number) {
    const uri = from === null ? source : this.version(...from).uri
    const model = this.model(name)
    model.last++
    model.updated = now
    model.versions.set(model.last, {
      version: model.last,
      created: now,
      updated: now,
      stage: 'None',
      description: null,
      source,
      uri,
      tags: new Map(),
    })
  }

  stage(name: string, number: number, stage: ModelStage, archive: boolean, now: number): void {
    if (archive && stage !== 'Staging' && stage !== 'Production') throw new Refused('no such')
    const version = this.version(name, number)
    for (const other of this.model(name).versions.values())
      if (archive && other !== version && other.stage === stage) {
        other.stage = 'Archived'
        other.updated = now
      }
    version.stage = stage
    version.updated = now
    this.model(name).updated = now
  }

  deleteVersion(name: string, number: number, now: number): void {
    this.version(name, number)
    const model = this.model(name)
    model.versions.delete(number)
    for (const [alias, target] of model.aliases) if (target === number) model.aliases.delete(alias)
    model.updated = now
  }
}
