import { HttpClient, type Call } from './http.js'
import type { RemoteOptions } from './options.js'
import { voidSender } from './send-void.js'
import { messageOf, type Message } from './wire.js'
import { WriteLanes } from './write-lanes.js'

/** MLflow's paths begin with it. */
const API = '/api/2.0/mlflow/'

/** A call of MLflow's API: `path` as in its documentation, such as `runs/create`. */
export interface ApiCall extends Omit<Call, 'method' | 'repeat' | 'path'> {
  readonly method?: Call['method']
  readonly path: string
  /** False by default, but for GET. */
  readonly repeat?: boolean
}

/** One server, and the order of what is said to it: a call comes after all void writes that were made before it. */
export class Connection {
  readonly http: HttpClient
  readonly lanes: WriteLanes
  /** Whether too long params and tags are cut. */
  readonly cut: boolean
  readonly streamUploads: boolean

  /** INVALID_PARAMETER_VALUE for a URL that names no server. */
  constructor(options: RemoteOptions) {
    this.http = new HttpClient(options)
    this.lanes = new WriteLanes(voidSender(this.http))
    this.cut = options.truncateLongValues ?? true
    this.streamUploads = options.streamUploads ?? false
  }

  /** A GET after all writes to this run, or to all. */
  async read(path: string, query: NonNullable<Call['query']>, runId?: string): Promise<Message> {
    this.http.assertOpen()
    await this.lanes.settled(runId)
    return this.#send({ method: 'GET', path, query })
  }

  /** Any call after all writes. */
  async call(call: ApiCall): Promise<Message> {
    this.http.assertOpen()
    await this.lanes.settled()
    return this.#send(call)
  }

  /** A write in the turn of its run. */
  async write(runId: string, call: ApiCall): Promise<Message> {
    this.http.assertOpen()
    return this.lanes.call(runId, () => this.#send(call))
  }

  async #send({ path, method = 'POST', repeat = method === 'GET', ...rest }: ApiCall) {
    return messageOf(await this.http.json({ ...rest, method, path: API + path, repeat }))
  }
}
