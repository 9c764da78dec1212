import { Worker } from 'node:worker_threads'
import { TrackletError } from '../src/errors.js'
import type { LocalStore } from '../src/store/store.js'
import { greet } from '../src/worker/index.js'
import { commitThrough } from './node-commit.js'
import { nodeEndpoint } from './node-endpoint.js'
import type { NodeEngineRequest } from './node.worker.js'

/** How a worker thread for a store is started. */
export interface ThreadOptions {
  /** The script to run: `true` for the package's own, else where a bundler has put `node.worker.js`. */
  readonly script: true | string | URL
  /** Called once the thread is closed or has died. */
  readonly onEnd: () => void
}

/**
 * Opens a store in a worker thread of this process. A thread with nothing to do does not keep the process from
 * ending; calls that wait for it do. TEMPORARILY_UNAVAILABLE where it does not start, and from every call once it
 * has died.
 */
export async function openInThread(
  request: NodeEngineRequest,
  { script, onEnd }: ThreadOptions,
): Promise<LocalStore> {
  const url = script === true ? ownScript() : script
  // Flags of the program, such as those of `node --eval`, are not for this script.
  const worker = new Worker(url, { name: 'tracklet', execArgv: [] })
  let alive = true
  const release = (): void => {
    alive = false
    void worker.terminate()
    onEnd()
  }
  const thread = await greet(nodeEndpoint(worker), { release }).catch((error: unknown) => {
    release()
    throw notStarted(url, error)
  })
  try {
    const store = await thread.open(request)
    // Only now: each listener for messages holds on to the process again.
    worker.unref()
    return { ...store, commitSync: () => alive && commitThrough(worker) }
  } catch (error) {
    thread.dismiss()
    throw error
  }
}

/** `tsc` puts the script beside this file; from TypeScript sources the one that was built last is run. */
function ownScript(): URL {
  const isSource = import.meta.url.endsWith('.ts')
  const path = isSource ? '../dist/adapters/node.worker.js' : './node.worker.js'
  return new URL(path, import.meta.url)
}

function notStarted(script: string | URL, cause: unknown): TrackletError {
  return new TrackletError(
    'TEMPORARILY_UNAVAILABLE',
    `The worker thread ${String(script)} did not start. In a checkout, 'npm run build' makes it; a bundled program ` +
      'gives the path of its own copy of node.worker.js as the option `worker`.',
    { cause },
  )
}
