import { Tracker, type TrackerOptions } from '../src/api.js'
import type { StorageAdapter } from '../src/adapter.js'
import type { EngineOptions } from '../src/store/engine.js'
import type { LocalStore, Store } from '../src/store/store.js'
import type { EnginePlace, EngineReport, LadderOptions } from './browser-ladder.js'
import { browserImports } from './browser-import.js'
import { openBrowserStore } from './browser-store.js'
import type { RemoteOptions } from '../src/rest/remote/options.js'
import { isServerUri } from './browser-uri.js'

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
export type OpenTrackerOptions = LadderOptions &
  Omit<TrackerOptions, 'files'> & {
    /** How a server is spoken to, where the URI is one's: credentials, repetitions, time to wait. */
    readonly server?: Omit<RemoteOptions, 'url' | 'truncateLongValues'>
  }

/** Where a tracker's engine runs: at a place of this browser, or nowhere in it where it is over a server. */
export type TrackerEngine = Omit<EngineReport, 'place'> & { readonly place: EnginePlace | 'server' }

/** A tracker over a store of this browser, or over a server. */
export class BrowserTracker extends Tracker {
  /** Where the engine runs, and what was refused before. */
  readonly engine: TrackerEngine

  /** See `openTracker`. */
  constructor(store: Store, options: TrackerOptions, engine: TrackerEngine) {
    super(store, options)
    this.engine = engine
  }
}

/**
 * Opens a tracker in this browser: `idb:name` keeps runs in IndexedDB, `memory:` does not keep them.
 * SQLite and the engine are loaded now, into a worker wherever the page allows one (see `engine`).
 * RESOURCE_CONFLICT while another tab holds the store.
 *
 * `http:` and `https:` name an MLflow server (see `remoteStore`), which must be started with `--cors-allowed-origins`
 * and this page's origin. What is still to be sent when the page is left may be lost: call `flush()` before.
 */
export async function openTracker(
  uri = 'idb:tracklet',
  options: OpenTrackerOptions = {},
): Promise<BrowserTracker> {
  const { context, maxBufferedBytes, onClose, server, imports, ...ladder } = options
  const { store, engine, busy } = isServerUri(uri)
    ? await openServer(uri, options)
    : await openBrowserStore(uri, ladder)
  const leaving = new AbortController()
  const trackerOptions: TrackerOptions = {
    imports: imports ?? browserImports,
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

/** Loaded when it is called for: most pages keep their runs to themselves. */
async function openServer(
  uri: string,
  options: OpenTrackerOptions,
): Promise<{ store: Store; engine: TrackerEngine; busy: () => boolean }> {
  const { remoteStore } = await import('../src/rest/remote/remote-store.js')
  const { server, truncateLongValues } = options
  const { origin } = globalThis.location ?? {}
  const store = remoteStore({
    ...(origin && { origin }),
    ...server,
    url: uri,
    ...(truncateLongValues !== undefined && { truncateLongValues }),
  })
  return { store, engine: { place: 'server', refused: [] }, busy: () => false }
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
