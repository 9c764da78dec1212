export { connect, greet, type ConnectOptions, type Greeted } from './connect.js'
export { expose, exposeOpener, type ExposeOptions } from './expose.js'
export { STORE_METHODS, type StoreMethod } from './methods.js'
export type { Endpoint } from 'comlink'
