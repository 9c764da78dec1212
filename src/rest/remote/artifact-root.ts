import { missing } from '../../entities/invalid.js'
import type { Connection } from './connection.js'
import { getLoggedModel } from './logged-models.js'
import { noArtifacts } from './response-error.js'
import { getRun } from './tracking.js'

const PROXY = '/api/2.0/mlflow-artifacts/artifacts'
const MOST_KNOWN = 10_000

/** Where files of runs and of logged models are behind a server's proxy. */
export class ArtifactRoots {
  readonly #server: Connection
  /** A place never changes. */
  readonly #known = new Map<string, string>()

  constructor(server: Connection) {
    this.#server = server
  }

  /**
   * The path, below the server's address, of a file of a run or logged model, or of its root. RESOURCE_DOES_NOT_EXIST for
   * an unknown one, NOT_IMPLEMENTED where its files are kept elsewhere than behind the server.
   */
  async path(runId: string, path: string): Promise<string> {
    if (!runId) throw missing('run_id')
    const root = this.#known.get(runId) ?? (await this.#find(runId))
    return [
      root,
      ...path
        .split('/')
        .filter((part) => part !== '')
        .map(encodeURIComponent),
    ].join('/')
  }

  async #find(runId: string): Promise<string> {
    const artifactUri = isModelId(runId)
      ? (await getLoggedModel(this.#server, runId)).artifactLocation
      : (await getRun(this.#server, runId)).info.artifactUri
    const root = uriToPath(artifactUri, this.#server.http.base)
    if (root === null) throw noArtifacts(this.#server.http, artifactUri)
    if (this.#known.size >= MOST_KNOWN) this.#known.clear()
    this.#known.set(runId, root)
    return root
  }
}

/** Whether an id that the artifact port takes is a logged model's. */
export function isModelId(id: string): boolean {
  return id.startsWith('m-')
}

/** `mlflow-artifacts:/a/b` as a path of this server; null for a place that this server does not stand before. */
function uriToPath(uri: string, base: string): string | null {
  const own = `${base}${PROXY}/`
  if (uri.startsWith(own)) return `${PROXY}/${uri.slice(own.length)}`
  const [, authority, path] = /^mlflow-artifacts:(?:\/\/([^/]*))?\/?(.*)$/.exec(uri) ?? []
  if (path === undefined || (authority && authority !== new URL(base).host)) return null
  return [
    PROXY,
    ...path
      .split('/')
      .filter((part) => part !== '')
      .map(encodeURIComponent),
  ].join('/')
}
