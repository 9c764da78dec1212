import { toArtifactDirectory } from '../src/entities/artifact-path.js'
import { invalid } from '../src/entities/invalid.js'
import type { AnyPathStore } from '../src/rest/artifact-place.js'
import type { ArtifactStore } from '../src/store/artifact-store.js'
import type { Store } from '../src/store/store.js'
import { ArtifactDirectory } from './node-artifact-directory.js'
import { DirectoryRoot, isWithin } from './node-artifact-directory-root.js'

/** A store whose files are kept in a folder. */
export interface StoreOverDirectory {
  readonly store: Store & AnyPathStore
  /** Gives up every file that is being written or read. The store stays open. */
  closeFiles(): Promise<void>
}

/**
 * The same store, but with files kept as plain files below a folder, as MLflow's server does with
 * `--artifacts-destination`: `<experiment>/<run>/artifacts/<path>`, and whatever other path a client of the artifact
 * proxy names. `location` is a path or `file:` URI; the folder is made where it is not there. INVALID_PARAMETER_VALUE
 * where it would share a place with the store's own files, which are in `storePath`.
 */
export async function storeOverDirectory(
  store: Store,
  location: string,
  storePath: string | null,
): Promise<StoreOverDirectory> {
  const root = await DirectoryRoot.open(location)
  const own = storePath === null ? null : (await DirectoryRoot.open(storePath)).path
  if (own !== null && (isWithin(own, root.path) || isWithin(root.path, own)))
    throw invalid(
      `${root.path} and the store at ${own} lie in each other: clients of the server could reach the store's own ` +
        'files. Give a folder beside it.',
    )
  const files = new ArtifactDirectory(root, (id, use) => folderOf(store, id, use))
  const anyPath = new ArtifactDirectory(root, async () => '')
  await files.sweep()
  return {
    store: overlaid(store, { ...artifactMethods(files), anyPath }),
    closeFiles: async () => {
      await Promise.all([files.closeAll(), anyPath.closeAll()])
    },
  }
}

/** Where MLflow keeps the files of a run, a logged model or a trace below the root of its server's artifacts. */
async function folderOf(store: Store, id: string, use: 'read' | 'write'): Promise<string> {
  if (id.startsWith('m-')) {
    const { experimentId, modelId } = await store.getLoggedModel(id)
    return toArtifactDirectory(`${experimentId}/models/${modelId}/artifacts`)
  }
  if (id.startsWith('tr-')) {
    const { experimentId, traceId } = await store.getTraceInfo(id)
    return toArtifactDirectory(`${experimentId}/traces/${traceId}/artifacts`)
  }
  const { experimentId, runId, lifecycleStage } = (await store.getRun(id)).info
  if (use === 'write' && lifecycleStage === 'deleted')
    throw invalid(`The run ${runId} must be in the 'active' state. Current state is deleted.`)
  return toArtifactDirectory(`${experimentId}/${runId}/artifacts`)
}

function artifactMethods(files: ArtifactStore): ArtifactStore {
  return {
    listArtifacts: (...given) => files.listArtifacts(...given),
    openWrite: (...given) => files.openWrite(...given),
    write: (...given) => files.write(...given),
    finishWrite: (...given) => files.finishWrite(...given),
    abortWrite: (...given) => files.abortWrite(...given),
    openRead: (...given) => files.openRead(...given),
    read: (...given) => files.read(...given),
    closeRead: (...given) => files.closeRead(...given),
    deleteArtifacts: (...given) => files.deleteArtifacts(...given),
  }
}

/** The store with some of its methods replaced; the others keep their own `this`, for what is private to it. */
function overlaid<T extends object>(store: Store, own: T): Store & T {
  const replaced = own as Readonly<Record<string | symbol, unknown>>
  return new Proxy(store, {
    get(target, name) {
      if (Object.hasOwn(replaced, name)) return replaced[name]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  }) as Store & T
}
