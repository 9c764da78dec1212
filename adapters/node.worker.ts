import { parentPort } from 'node:worker_threads'
import { openEngine, type EngineOptions } from '../src/store/engine.js'
import { exposeOpener } from '../src/worker/index.js'
import { filesystemAdapter } from './filesystem.js'
import { memoryAdapter } from './memory.js'
import { nodeEndpoint } from './node-endpoint.js'

/** What the main thread asks of the worker thread that is to run the engine. */
export interface NodeEngineRequest {
  /** The store's folder; null for one in the worker's memory. */
  readonly directory: string | null
  readonly options: Omit<EngineOptions, 'sqlite' | 'surroundings'>
}

if (parentPort)
  exposeOpener(
    ({ directory, options }: NodeEngineRequest) =>
      openEngine(directory === null ? memoryAdapter() : filesystemAdapter(directory), options),
    nodeEndpoint(parentPort),
  )
