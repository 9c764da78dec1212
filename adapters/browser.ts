import { Tracker, type TrackerOptions } from '../src/index.js'
import type { StorageAdapter } from '../src/adapter.js'
import type { EngineOptions } from '../src/store/engine.js'
import type { LocalStore, Store } from '../src/store/store.js'
import type { EngineReport, LadderOptions } from './browser-ladder.js'
import { openBrowserStore } from './browser-store.js'

export * from '../src/index.js'
export type { EnginePlace, EngineReport, LadderOptions } from './browser-ladder.js'
export { openBrowserStore, type OpenedStore } from './browser-store.js'

/** `openEngine` of the core, which a page loads only when it is called: its own engine runs in a worker. */
export async function openEngine(
  adapter: StorageAdapter,
  options?: EngineOptions,
): Promise<LocalStore> {
  const engine = await import('../src/store/engine.js')
  return await engine.openEngine(adapter, options)
}

/** How `openTracker` opens a store in a browser, and the tracker over it. */
export type OpenTrackerOptions = LadderOptions & Omit<TrackerOptions, 'files'>

/** A tracker over a store of this browser. */
export class BrowserTracker extends Tracker {
  /** Where the engine runs, and what was refused before. */
  readonly engine: EngineReport

  /** See `openTracker`. */
  constructor(store: Store, options: TrackerOptions, engine: EngineReport) {
    super(store, options)
    this.engine = engine
  }
}

/**
 * Opens a tracker in this browser: `idb:name` keeps runs in IndexedDB, `memory:` does not keep them.
 * SQLite and the engine are loaded now, into a worker wherever the page allows one (see `engine`).
 * RESOURCE_CONFLICT while another tab holds the store.
 */
export async function openTracker(
  uri = 'idb:tracklet',
  options: OpenTrackerOptions = {},
): Promise<BrowserTracker> {
  const { context, maxBufferedBytes, onClose, ...ladder } = options
  const { store, engine } = await openBrowserStore(uri, ladder)
  const leaving = new AbortController()
  const trackerOptions: TrackerOptions = {
    ...(context && { context }),
    ...(maxBufferedBytes !== undefined && { maxBufferedBytes }),
    ...(options.truncateLongValues !== undefined && {
      truncateLongValues: options.truncateLongValues,
    }),
    onClose: () => {
      leaving.abort()
      onClose?.()
    },
  }
  const tracker = new BrowserTracker(store, trackerOptions, engine)
  flushOnLeaving(tracker, leaving.signal)
  return tracker
}

/** The last moments that a page surely has; what fails then is told by the next flush. */
function flushOnLeaving(tracker: Tracker, signal: AbortSignal): void {
  const flush = (): void => void tracker.flush().catch((error: unknown) => reportError(error))
  const { document } = globalThis as { document?: Document }
  globalThis.addEventListener('pagehide', flush, { signal })
  document?.addEventListener(
    'visibilitychange',
    () => {
      if (document.visibilityState === 'hidden') flush()
    },
    { signal },
  )
}
