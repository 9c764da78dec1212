import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import { hasFile, MAX_TEXT_BYTES } from '../import/file-tree.js'
import type { FileTree } from '../import/file-tree.js'
import type { Doubt, SourceFile } from '../import/source.js'
import { BadMeta } from '../mlruns/read/meta.js'
import { filesIn, readText } from '../mlruns/read/texts.js'
import { collectBytes } from '../util/concatenate.js'
import { ArtifactFolders, isRemote } from './artifact-folders.js'

/** Tags that MLflow gives to runs which have files. */
const FILE_TAGS = [
  MLFLOW_TAGS.loggedArtifacts,
  MLFLOW_TAGS.loggedImages,
  'mlflow.log-model.history',
] as const

/** A run, a logged model or a trace whose files are read. */
export interface OwnerOfFiles {
  readonly experimentId: string
  /** Where it is in the source, for messages. */
  readonly path: string
  readonly artifactUri: string | null
  /** Whether the database says that there are some. */
  readonly hasSome: boolean
}

/** Whether a run's tags say that it has files. */
export function sayFiles(tags: Readonly<Record<string, string>>): boolean {
  return FILE_TAGS.some((tag) => Object.hasOwn(tags, tag))
}

/** Reads files out of a folder, if there is one, and tells of those that are not in it. */
export class ArtifactReader {
  readonly #tree: FileTree | null
  readonly #folders: ArtifactFolders | null
  readonly #doubt: Doubt
  readonly #remote = new Set<string>()
  #saidNoFolder = false

  constructor(tree: FileTree | null, doubt: Doubt) {
    this.#tree = tree
    this.#folders = tree && new ArtifactFolders(tree)
    this.#doubt = doubt
  }

  /** The files of a run or another thing; none, and doubted where some were expected, when its folder is not here. */
  async *files(owner: OwnerOfFiles): AsyncGenerator<SourceFile, void, undefined> {
    const root = await this.root(owner)
    if (root === null) await this.tellMissing(owner)
    else yield* this.below(root)
  }

  /** The same; where its folder is not here, that is told only where some were expected. */
  async *filesIfAny(owner: OwnerOfFiles): AsyncGenerator<SourceFile, void, undefined> {
    const root = await this.root(owner)
    if (root !== null) yield* this.below(root)
    else if (owner.hasSome) await this.tellMissing(owner)
  }

  /** The folder of a thing's files; null where it is not here. */
  async root({ artifactUri }: Pick<OwnerOfFiles, 'artifactUri'>): Promise<string | null> {
    return (await this.#folders?.find(artifactUri ?? '')) ?? null
  }

  /** The files in a folder that `root` has given, and below it. */
  async *below(root: string): AsyncGenerator<SourceFile, void, undefined> {
    if (this.#tree !== null) yield* filesIn(this.#tree, root)
  }

  /** A text in a folder that `root` has given; null where there is none of that name. BadMeta where it is no text. */
  async text(root: string, name: string): Promise<string | null> {
    return (await this.#hasFile(root, name)) ? readText(this.#tree!, `${root}/${name}`) : null
  }

  /** The bytes of a file there; null where there is none of that name. BadMeta where it is too long to be held. */
  async bytes(root: string, name: string): Promise<Uint8Array | null> {
    if (!(await this.#hasFile(root, name))) return null
    const tooLong = (): Error => new BadMeta(`It is longer than ${MAX_TEXT_BYTES} bytes`)
    return collectBytes(this.#tree!.parts(`${root}/${name}`), MAX_TEXT_BYTES, tooLong)
  }

  async #hasFile(root: string, name: string): Promise<boolean> {
    return hasFile((await this.#tree?.list(root)) ?? [], name)
  }

  /** Tells that a thing's folder is not here, where that is worth to be told. */
  async tellMissing({ experimentId, path, artifactUri, hasSome }: OwnerOfFiles): Promise<void> {
    const uri = artifactUri ?? ''
    if (isRemote(uri)) return this.#tellRemote(experimentId, uri)
    if (await this.#folders?.isLaidOut()) {
      if (hasSome) this.#doubt(`${path}/artifacts`, `Its artifacts are not in the folder: ${uri}.`)
    } else if (!this.#saidNoFolder) {
      this.#saidNoFolder = true
      this.#doubt(
        'artifacts',
        'A database holds no artifacts, and no folder was found that has them: runs and what else has files come without. Give the folder with `mlruns` or `mlartifacts` as `artifacts`.',
      )
    }
  }

  #tellRemote(experimentId: string, uri: string): void {
    if (this.#remote.has(experimentId)) return
    this.#remote.add(experimentId)
    this.#doubt(
      `experiments/${experimentId}/artifacts`,
      `Artifacts lie at ${uri.slice(0, 200)} and the like: the location was kept, the files were not taken. To take them, download them and give their folder as \`artifacts\`.`,
    )
  }
}
