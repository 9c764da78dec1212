import { openEngine } from '../src/store/engine.js'
import type { Store } from '../src/store/store.js'
import { onProcessExit } from './exit-hooks.js'
import { storeOverDirectory } from './node-artifact-directory-store.js'
import { uriToAdapter } from './node-uri.js'

/** A store that a server works on. */
export interface ServedStore {
  readonly store: Store
  /** Makes all that was answered survive power loss; closes the store where the server has opened it. */
  end(): Promise<void>
}

/** How the store of a server is opened. */
export interface ServeStore {
  readonly artifactRoot?: string
  readonly create?: boolean
  /** The folder that files are kept in, in place of the store; its path or `file:` URI. */
  readonly artifactsDestination?: string
}

/** Opens the store of a URI, or takes one that is open. RESOURCE_CONFLICT names who else holds it. */
export async function serveStore(
  given: Store | string,
  { artifactsDestination: destination, ...options }: ServeStore,
): Promise<ServedStore> {
  const { served, path } = await openStore(given, options)
  if (destination === undefined) return served
  try {
    const { store, closeFiles } = await storeOverDirectory(served.store, destination, path)
    return { store, end: () => closeFiles().finally(served.end) }
  } catch (error) {
    await served.end()
    throw error
  }
}

async function openStore(
  given: Store | string,
  options: Omit<ServeStore, 'artifactsDestination'>,
): Promise<{ readonly served: ServedStore; readonly path: string | null }> {
  if (typeof given !== 'string')
    return {
      served: { store: given, end: () => given.flush({ durability: 'strict' }) },
      path: null,
    }
  const { adapter, path } = await uriToAdapter(given)
  const store = await openEngine(adapter, options)
  const unhook = onProcessExit({ commit: () => void store.commitSync() })
  const end = async (): Promise<void> => {
    unhook()
    await store.close()
  }
  return { served: { store, end }, path }
}
