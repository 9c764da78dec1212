import type { Store } from '../store/store.js'

/** How the handler answers. */
export interface RestOptions {
  /** The store: an engine, a worker's proxy, anything that implements the ports. */
  readonly store: Store
  /** What `/version` says: the version of MLflow whose protocol this is; 3.17.2 by default. */
  readonly mlflowVersion?: string
}

/** Answers MLflow's REST protocol, artifact proxy included. Never throws: what goes wrong is an answer. */
export type RestHandler = (request: Request) => Promise<Response>
