import { TrackletError } from '../src/errors.js'
import type { StorageAdapter } from '../src/adapter.js'
import { loadSqlite } from '../src/store/database.js'
import { openEngine, type EngineOptions } from '../src/store/engine.js'
import type { LocalStore } from '../src/store/store.js'
import { WASM_DIRECTIVE } from './browser-policy.js'
import { browserUri } from './browser-uri.js'
import { indexedDbAdapter } from './indexeddb.js'
import { memoryAdapter } from './memory.js'

/** What of an engine's options a message can carry. */
export type BrowserEngineOptions = Omit<EngineOptions, 'sqlite' | 'surroundings'>

/** What a page asks of the worker that is to run the engine. */
export interface BrowserEngineRequest {
  /** `idb:name`, `memory:` or `memory:name`. */
  readonly uri: string
  /** SQLite, compiled; or its bytes, where the page itself may not compile. */
  readonly wasm: WebAssembly.Module | Uint8Array
  readonly options: BrowserEngineOptions
}

/**
 * Opens the store that the request names, in this very thread. PERMISSION_DENIED naming WASM_DIRECTIVE where
 * the thread may not compile SQLite.
 */
export async function openBrowserEngine(request: BrowserEngineRequest): Promise<LocalStore> {
  const module = await compiled(request.wasm)
  const adapter = browserAdapter(browserUri(request.uri))
  return await openEngine(adapter, {
    ...request.options,
    sqlite: () => loadSqlite(async () => module),
  })
}

async function compiled(wasm: WebAssembly.Module | Uint8Array): Promise<WebAssembly.Module> {
  if (wasm instanceof WebAssembly.Module) return wasm
  try {
    return await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>)
  } catch (error) {
    throw new TrackletError(
      'PERMISSION_DENIED',
      `WebAssembly may not be compiled here: the content security policy lacks ${WASM_DIRECTIVE}.`,
      { cause: error },
    )
  }
}

/** The storage of a checked URI. */
function browserAdapter(uri: string): StorageAdapter {
  const name = uri.slice(uri.indexOf(':') + 1)
  if (uri.startsWith('idb:')) return indexedDbAdapter(name)
  return memoryAdapter(name === '' ? undefined : name)
}
