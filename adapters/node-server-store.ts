import { openEngine } from '../src/store/engine.js'
import type { Store } from '../src/store/store.js'
import { onProcessExit } from './exit-hooks.js'
import { uriToAdapter } from './node-uri.js'

/** A store that a server works on. */
export interface ServedStore {
  readonly store: Store
  /** Makes all that was answered survive power loss; closes the store where the server has opened it. */
  end(): Promise<void>
}

/** Opens the store of a URI, or takes one that is open. RESOURCE_CONFLICT names who else holds it. */
export async function serveStore(
  given: Store | string,
  options: { readonly artifactRoot?: string; readonly create?: boolean },
): Promise<ServedStore> {
  if (typeof given !== 'string')
    return { store: given, end: () => given.flush({ durability: 'strict' }) }
  const { adapter } = await uriToAdapter(given)
  const store = await openEngine(adapter, options)
  const unhook = onProcessExit({ commit: () => void store.commitSync() })
  return {
    store,
    end: async () => {
      unhook()
      await store.close()
    },
  }
}
