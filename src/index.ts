// Apart from `api.ts`, so that a page's entry does not carry the engine that it loads into a worker.
export * from './api.js'
export { openEngine } from './store/engine.js'
