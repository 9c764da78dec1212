import type { Dataset } from '../../entities/dataset.js'
import type { FileTree } from '../../import/file-tree.js'
import type { Doubt } from '../../import/source.js'
import { doubting, metaOf } from './texts.js'

/** Reads the datasets of an experiment, each once. */
export class DatasetReader {
  readonly #tree: FileTree
  readonly #folder: string
  readonly #doubt: Doubt
  readonly #known = new Map<string, Promise<Dataset | null>>()

  /** `folder` is the experiment's. */
  constructor(tree: FileTree, folder: string, doubt: Doubt) {
    this.#tree = tree
    this.#folder = folder
    this.#doubt = doubt
  }

  /** The dataset of an id; null where there is none that can be read. */
  read(id: string): Promise<Dataset | null> {
    const known = this.#known.get(id) ?? this.#read(id)
    this.#known.set(id, known)
    return known
  }

  async #read(id: string): Promise<Dataset | null> {
    if (!/^[\w-]+$/.test(id)) return null
    const path = `${this.#folder}/datasets/${id}`
    const meta = await metaOf(this.#tree, path, this.#doubt)
    if (meta === null) return null
    return doubting(path, this.#doubt, async () => ({
      name: meta.required('name'),
      digest: meta.required('digest'),
      sourceType: meta.text('source_type') ?? '',
      source: meta.text('source') ?? '',
      schema: meta.text('schema'),
      profile: meta.text('profile'),
    }))
  }
}
