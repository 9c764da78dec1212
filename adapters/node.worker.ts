import { parentPort } from 'node:worker_threads'
import { openEngine, type EngineOptions } from '../src/store/engine.js'
import type { LocalStore } from '../src/store/store.js'
import { useNative } from '../src/util/native.js'
import { exposeOpener } from '../src/worker/index.js'
import { filesystemAdapter } from './filesystem.js'
import { memoryAdapter } from './memory.js'
import { answerCommits } from './node-commit.js'
import { nodeEndpoint } from './node-endpoint.js'
import { nodeNative } from './node-native.js'

/** What the main thread asks of the worker thread that is to run the engine. */
export interface NodeEngineRequest {
  /** The store's folder; null for one in the worker's memory. */
  readonly directory: string | null
  readonly options: Omit<EngineOptions, 'sqlite' | 'surroundings'>
}

let store: LocalStore | null = null

if (parentPort) {
  exposeOpener(open, nodeEndpoint(parentPort))
  answerCommits(parentPort, () => store?.commitSync() ?? false)
}

async function open({ directory, options }: NodeEngineRequest): Promise<LocalStore> {
  const adapter = directory === null ? memoryAdapter() : filesystemAdapter(directory)
  useNative(nodeNative)
  store = await openEngine(adapter, options)
  return store
}
