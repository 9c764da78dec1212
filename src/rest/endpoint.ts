import type { Store } from '../store/store.js'
import type { Method } from './route.js'

/** What an endpoint answers out of. */
export interface EndpointContext {
  readonly store: Store
  readonly mlflowVersion: string
  /** What the `:params` of the path stand for, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
}

/** A path of the server as a whole, whose requests are not fields: pages, files. */
export interface Endpoint {
  readonly methods: readonly Method[]
  /** From the root; may hold `:params`, and end in `/*`. */
  readonly path: string
  /** Throws TrackletError; what is thrown becomes MLflow's error answer. HEAD comes as GET does. */
  answer(request: Request, context: EndpointContext): Promise<Response>
}
