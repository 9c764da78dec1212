import type { Role } from '../rest/auth.js'

/** What the user wants of a server; absent is what the platform has by default. */
export interface ServeOptions {
  readonly host: string
  readonly port: number
  readonly readOnly: boolean
  readonly staticPrefix?: string
  readonly artifactRoot?: string
  /** The folder that keeps the files of runs, in place of the store. */
  readonly artifactsDestination?: string
  /** False: clients are refused files. */
  readonly serveArtifacts?: boolean
  readonly allowedHosts?: readonly string[]
  readonly corsAllowedOrigins?: readonly string[]
  /** The file of those who may log in. */
  readonly users?: string
  /** The folder of MLflow's own pages. */
  readonly mlflowUi?: string
}

/** A server that listens, as its user is told. */
export interface Served {
  readonly url: string
  readonly port: number
}

/** What the verbs of a server need of their platform. */
export interface ServerPort {
  /** Serves the store that the user named until the user ends it; `onListening` is called once it is reachable. */
  serve(options: ServeOptions, onListening: (served: Served) => Promise<void>): Promise<void>
  /** Asks for a password, and adds the user to a file. */
  addUser(file: string, name: string, role: Role): Promise<{ readonly replaced: boolean }>
  /** The same with a token that is made up and told only here. */
  addTokenUser(
    file: string,
    name: string,
    role: Role,
  ): Promise<{ readonly replaced: boolean; readonly token: string }>
}
