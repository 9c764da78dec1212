import type { ArtifactRepository } from './artifacts/repository.js'
import type { Core } from './core.js'
import { EngineExport } from './engine-export.js'
import type {
  ImportedExperiment,
  ImportedModel,
  ImportStore,
  StagedPoints,
  TakenNames,
} from './import-store.js'
import type { Imports } from './import/imports.js'

/** The port of imports over the in-process state: what `EngineStore` is beside the other ports. */
export class EngineImport extends EngineExport implements ImportStore {
  readonly #imports: Imports

  constructor(core: Core, artifacts: ArtifactRepository, imports: Imports) {
    super(core, artifacts)
    this.#imports = imports
  }

  findTaken(names: Parameters<ImportStore['findTaken']>[0]): Promise<TakenNames> {
    return this.#imports.findTaken(names)
  }

  openImport(): Promise<number> {
    return this.#imports.openImport()
  }

  stagePoints(handle: number, points: StagedPoints): Promise<void> {
    return this.#imports.stagePoints(handle, points)
  }

  openStagedFile(handle: number): Promise<number> {
    return this.#imports.openStagedFile(handle)
  }

  writeStagedFile(handle: number, file: number, bytes: Uint8Array): Promise<void> {
    return this.#imports.writeStagedFile(handle, file, bytes)
  }

  finishStagedFile(handle: number, file: number): Promise<number> {
    return this.#imports.finishStagedFile(handle, file)
  }

  commitImport(handle: number, experiment: ImportedExperiment): Promise<void> {
    return this.#imports.commitImport(handle, experiment)
  }

  abortImport(handle: number): Promise<void> {
    return this.#imports.abortImport(handle)
  }

  importRegisteredModel(model: ImportedModel): Promise<void> {
    return this.#imports.importRegisteredModel(model)
  }
}
