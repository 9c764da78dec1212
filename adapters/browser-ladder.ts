import { toTrackletError, TrackletError } from '../src/errors.js'
import type { Store } from '../src/store/store.js'
import { greet, type ConnectOptions, type Endpoint } from '../src/worker/index.js'
import type { BrowserEngineOptions } from './browser-engine.js'
import { WASM_DIRECTIVE } from './browser-policy.js'
import { moduleWorker } from './chunks/module-worker.js'
import { loadSqliteWasm, type SqliteWasm } from './sqlite-wasm.js'

/**
 * Where the engine of a page runs, best first: in the worker that `options.worker` made, in a worker made of a
 * Blob, in one made of the file `worker.js`, or in the page itself, where it shares the page's thread.
 */
export type EnginePlace = 'own-worker' | 'blob-worker' | 'module-worker' | 'page'

/** Where the engine runs, and why not at the places before. */
export interface EngineReport {
  readonly place: EnginePlace
  /** A sentence for every place that was tried before and refused. */
  readonly refused: readonly string[]
}

/** How a page's engine is opened. */
export interface LadderOptions extends BrowserEngineOptions {
  /** Makes the worker to use: one whose script imports `tracklet/worker.js`. */
  readonly worker?: () => Worker
  /** Milliseconds that a worker may take to answer for the first time; 10,000 by default. */
  readonly workerTimeoutMs?: number
}

interface Rung {
  readonly place: EnginePlace
  /** What a content security policy must allow for it. */
  readonly directive: string
  /** Whether the page itself must be allowed to compile WebAssembly. */
  readonly compiles: boolean
  readonly start: () => Worker | Promise<Worker>
}

/**
 * Opens a store at the best place that this page allows. Errors of the store itself (held by another tab, damaged)
 * are thrown as they are; PERMISSION_DENIED, with the directives that would help, where every place is refused.
 * `onEnd` is called once the worker is closed or has died.
 */
export async function openOnLadder(
  uri: string,
  options: LadderOptions,
  onEnd: () => void,
): Promise<{ store: Store; engine: EngineReport }> {
  const { worker, workerTimeoutMs = 10_000, ...engineOptions } = options
  const wasm = await loadSqliteWasm()
  const refused: string[] = []
  for (const rung of rungs(worker)) {
    try {
      const store = await climb(rung, {
        uri,
        wasm,
        timeoutMs: workerTimeoutMs,
        engineOptions,
        onEnd,
      })
      return { store, engine: { place: rung.place, refused } }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refused.push(refusal(rung, error))
    }
  }
  if (!wasm.module) throw nowhere(refused)
  const { openBrowserEngine } = await import('./browser-engine.js')
  const store = await openBrowserEngine({ uri, wasm: wasm.module, options: engineOptions })
  return { store, engine: { place: 'page', refused } }
}

function rungs(own: (() => Worker) | undefined): readonly Rung[] {
  const blob: Rung = {
    place: 'blob-worker',
    directive: 'worker-src blob:',
    compiles: true,
    start: blobWorker,
  }
  const file: Rung = {
    place: 'module-worker',
    directive: "worker-src 'self'",
    compiles: false,
    start: moduleWorker,
  }
  const rest = [blob, file]
  return own
    ? [
        { place: 'own-worker', directive: "worker-src 'self'", compiles: false, start: own },
        ...rest,
      ]
    : rest
}

async function blobWorker(): Promise<Worker> {
  const { source } = await import('./chunks/worker-source.js')
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  try {
    return new Worker(url, { name: 'tracklet' })
  } finally {
    // The worker's fetch of it has begun by then; browsers resolve a blob's address when the worker is made.
    URL.revokeObjectURL(url)
  }
}

interface Climb {
  readonly uri: string
  readonly wasm: SqliteWasm
  readonly timeoutMs: number
  readonly engineOptions: BrowserEngineOptions
  readonly onEnd: () => void
}

/** The place itself was refused, whatever the store would have said. */
class Refused extends Error {}

async function climb(rung: Rung, given: Climb): Promise<Store> {
  const { wasm, timeoutMs, onEnd } = given
  if (rung.compiles && !wasm.module) throw new Refused('the page may not compile WebAssembly')
  const worker = await startWorker(rung)
  const greeted = await greet(worker as Endpoint, {
    ...connectOptions(worker, onEnd),
    timeoutMs,
  }).catch((error: unknown) => {
    worker.terminate()
    throw new Refused(toTrackletError(error).message)
  })
  const request = { uri: given.uri, wasm: wasm.module ?? wasm.bytes.slice() }
  try {
    return await greeted.open({ ...request, options: given.engineOptions })
  } catch (error) {
    greeted.dismiss()
    const { message } = toTrackletError(error)
    throw !wasm.module && message.includes(WASM_DIRECTIVE) ? new Refused(message) : error
  }
}

async function startWorker(rung: Rung): Promise<Worker> {
  try {
    return await rung.start()
  } catch (error) {
    throw new Refused(toTrackletError(error).message)
  }
}

function connectOptions(worker: Worker, onEnd: () => void): ConnectOptions {
  return {
    locks: (navigator as { locks?: LockManager }).locks,
    release: () => {
      worker.terminate()
      onEnd()
    },
  }
}

function refusal(rung: Rung, error: Refused): string {
  const needs = rung.compiles ? `${WASM_DIRECTIVE} and ${rung.directive}` : rung.directive
  return `${rung.place}: ${error.message} (under a content security policy it needs ${needs})`
}

function nowhere(refused: readonly string[]): TrackletError {
  return new TrackletError(
    'PERMISSION_DENIED',
    `This page allows the engine nowhere. Add ${WASM_DIRECTIVE} to its content security policy, and worker-src blob: ` +
      `or worker-src 'self' for a worker. Refused were: ${refused.join('; ')}.`,
  )
}
