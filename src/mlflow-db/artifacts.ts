import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import type { FileTree } from '../import/file-tree.js'
import type { Doubt, SourceFile } from '../import/source.js'
import { filesBelow } from '../mlruns/read/texts.js'
import { ArtifactFolders, isRemote } from './artifact-folders.js'

/** Tags that MLflow gives to runs which have files. */
const FILE_TAGS = [
  MLFLOW_TAGS.loggedArtifacts,
  MLFLOW_TAGS.loggedImages,
  'mlflow.log-model.history',
] as const

/** A run whose files are read. */
export interface RunOfFiles {
  readonly experimentId: string
  /** Where the run is in the source, for messages. */
  readonly path: string
  readonly artifactUri: string | null
  readonly tags: Readonly<Record<string, string>>
}

/** Reads the files of runs out of a folder, if there is one, and tells of those that are not in it. */
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

  /** The files of a run; none, and doubted where some were expected, when its folder is not here. */
  async *files(run: RunOfFiles): AsyncGenerator<SourceFile, void, undefined> {
    const uri = run.artifactUri ?? ''
    const tree = this.#tree
    const root = (await this.#folders?.find(uri)) ?? null
    if (tree === null || root === null) return this.#missing(run, uri)
    for await (const { path, size } of filesBelow(tree, root))
      yield { path, size, parts: () => tree.parts(`${root}/${path}`) }
  }

  async #missing(run: RunOfFiles, uri: string): Promise<void> {
    if (isRemote(uri)) return this.#tellRemote(run.experimentId, uri)
    if (await this.#folders?.isLaidOut()) {
      if (FILE_TAGS.some((tag) => Object.hasOwn(run.tags, tag)))
        this.#doubt(`${run.path}/artifacts`, `Its artifacts are not in the folder: ${uri}.`)
    } else if (!this.#saidNoFolder) {
      this.#saidNoFolder = true
      this.#doubt(
        'artifacts',
        'A database holds no artifacts, and no folder was found that has them: runs come without. Give the folder with `mlruns` or `mlartifacts` as `artifacts`.',
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
