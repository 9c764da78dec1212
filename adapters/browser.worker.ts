import { exposeOpener, type Endpoint } from '../src/worker/index.js'
import { openBrowserEngine } from './browser-engine.js'

// The whole of a page's engine worker: it waits for a page to say which store to open, and answers calls to it.
const { locks } = navigator as { locks?: LockManager }
exposeOpener(openBrowserEngine, globalThis as unknown as Endpoint, { locks })
