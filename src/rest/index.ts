/** The entry `tracklet/rest`: MLflow's REST protocol over a store, as a function from Request to Response. */
export { createRestHandler } from './create-handler.js'
export type { RestHandler, RestOptions } from './handler.js'
export { remoteStore } from './remote/remote-store.js'
export type { RemoteOptions } from './remote/options.js'
