import { Tracker, type TrackerOptions } from '../src/api.js'
import type { StorageAdapter } from '../src/adapter.js'
import type { EngineOptions } from '../src/store/engine.js'
import type { LocalStore, Store } from '../src/store/store.js'
import type { EngineReport, LadderOptions } from './browser-ladder.js'
import { openBrowserStore } from './browser-store.js'

/** How long a page that is being left waits for its worker, which mostly needs a tenth of it. */
const LAST_MOMENT_MS = 50

export * from '../src/api.js'
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
  const { store, engine, busy } = await openBrowserStore(uri, ladder)
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
  sendOnLeaving(tracker, busy, leaving.signal)
  return tracker
}

/**
 * Sends what is buffered while the page surely still runs; what fails is told by the next flush. The browser ends the
 * worker with its page, so that a page which has something on the way at its very end gives the worker a moment.
 */
function sendOnLeaving(tracker: Tracker, busy: () => boolean, signal: AbortSignal): void {
  const send = (): void => void tracker.commitSync()
  const { document } = globalThis as { document?: Document }
  // Fired when the page is asked to go, mostly long before it is gone; `pagehide` alone comes too late for much.
  globalThis.addEventListener('beforeunload', send, { signal })
  const leave = (): void => {
    send()
    if (busy()) standStill(LAST_MOMENT_MS)
  }
  globalThis.addEventListener('pagehide', leave, { signal })
  document?.addEventListener(
    'visibilitychange',
    () => {
      if (document.visibilityState === 'hidden') send()
    },
    { signal },
  )
}

/** Nothing that could be awaited comes back to a page that is being left. */
function standStill(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}
