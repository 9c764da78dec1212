import { TrackletError } from '../../errors.js'
import { bytesToHex } from '../../entities/ids.js'
import type { Core } from '../core.js'
import type {
  AskedNames,
  ImportedExperiment,
  ImportedModel,
  ImportStore,
  StagedPoints,
  TakenNames,
} from '../import-store.js'
import { Staging } from './staging.js'

interface OpenImport {
  readonly staging: Staging
  /** The end of the calls made so far, which are served in order. */
  queue: Promise<unknown>
  /** Whether a record names what was put. */
  committed: boolean
}

/** The import port over the in-process state: what is put lies beside the state until one record names it. */
export class Imports implements ImportStore {
  readonly #core: Core
  readonly #open = new Map<number, OpenImport>()
  #lastHandle = 0

  constructor(core: Core) {
    this.#core = core
  }

  /** Names of contents and keys of segments that open imports have put, which must not be collected yet. */
  inUse(): { readonly blobs: readonly string[]; readonly keys: readonly string[] } {
    const all = [...this.#open.values()].map(({ staging }) => staging)
    return {
      blobs: all.flatMap((staging) => [...staging.blobNames()]),
      keys: all.flatMap(({ segments }) => segments.map(({ key }) => key)),
    }
  }

  findTaken(names: AskedNames): Promise<TakenNames> {
    return this.#core.read(() => this.#core.parts.catalog.imports.findTaken(names))
  }

  async openImport(): Promise<number> {
    this.#core.assertWritable()
    const { adapter, catalog, surroundings } = this.#core.parts
    const staging = new Staging({
      blobs: adapter,
      segmentKey: () => this.#core.nextSegmentKey(),
      freshName: () => bytesToHex(surroundings.randomBytes(16)),
      newSeries: () => catalog.imports.takeSeriesId(),
    })
    const handle = ++this.#lastHandle
    this.#open.set(handle, { staging, queue: Promise.resolve(), committed: false })
    return handle
  }

  stagePoints(handle: number, points: StagedPoints): Promise<void> {
    return this.#inTurn(handle, (staging) => staging.addPoints(points))
  }

  openStagedFile(handle: number): Promise<number> {
    return this.#inTurn(handle, async (staging) => staging.openFile())
  }

  writeStagedFile(handle: number, file: number, bytes: Uint8Array): Promise<void> {
    return this.#inTurn(handle, (staging) => staging.writeFile(file, bytes))
  }

  finishStagedFile(handle: number, file: number): Promise<number> {
    return this.#inTurn(handle, (staging) => staging.finishFile(file))
  }

  async commitImport(handle: number, experiment: ImportedExperiment): Promise<void> {
    const open = this.#require(handle)
    const { staging } = open
    await this.#inTurn(handle, async () => {
      await staging.finish()
      const { catalog } = this.#core.parts
      const { files } = await this.#core.write(() =>
        catalog.imports.planExperiment(experiment, staging),
      )
      open.committed = true
      this.#open.delete(handle)
      await staging.discardFiles(files.superfluous)
    })
  }

  async abortImport(handle: number): Promise<void> {
    const open = this.#require(handle)
    this.#open.delete(handle)
    await discard(open)
  }

  /** Aborts every open import, as the store closes. */
  async closeAll(): Promise<void> {
    const all = [...this.#open.values()]
    this.#open.clear()
    await Promise.all(all.map(discard))
  }

  importRegisteredModel(model: ImportedModel): Promise<void> {
    return this.#core.write(() => this.#core.parts.catalog.imports.planModel(model))
  }

  #inTurn<T>(handle: number, act: (staging: Staging) => Promise<T>): Promise<T> {
    const open = this.#require(handle)
    const done = open.queue.then(() => act(open.staging))
    open.queue = done.catch(() => undefined)
    return done
  }

  #require(handle: number): OpenImport {
    this.#core.assertOpen()
    const open = this.#open.get(handle)
    if (open !== undefined) return open
    throw new TrackletError(
      'INVALID_PARAMETER_VALUE',
      `No open import has the handle ${handle}: it was never opened, or has been committed or aborted.`,
    )
  }
}

async function discard(open: OpenImport): Promise<void> {
  await open.queue.catch(() => undefined)
  if (!open.committed) await open.staging.discard()
}
