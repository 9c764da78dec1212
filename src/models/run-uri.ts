import { toArtifactDirectory, type ArtifactPath } from '../entities/artifact-path.js'
import { uriScheme } from '../entities/artifact-location.js'
import { invalid } from '../entities/invalid.js'

/** A file or folder of a run, or of a logged model. */
export interface RunPlace {
  /** The run's id, or the logged model's, as the artifact port takes them. */
  readonly runId: string
  /** Below its artifact root; '' for the root. */
  readonly path: ArtifactPath
}

/** Whether a text is a `runs:` URI, a proper one or not. */
export function isRunUri(uri: string): boolean {
  return uriScheme(uri) === 'runs'
}

/**
 * What `runs:/<run id>/<path>` names, by MLflow's rules (mlflow/store/artifact/runs_artifact_repo.py, `parse_runs_uri`):
 * the path may be empty, nothing is percent-decoded, a query is passed over. INVALID_PARAMETER_VALUE for what is none,
 * one with a host among it, and for a path that could lead out of the run's folder.
 */
export function parseRunUri(uri: string): RunPlace {
  const [, runId, path = ''] = /^runs:(?:\/\/)?\/([^/?#]+)(?:\/([^?#]*))?/i.exec(uri) ?? []
  if (runId !== undefined) return { runId, path: toArtifactDirectory(path) }
  throw invalid(
    `Not a proper runs:/ URI: ${uri}. Runs URIs must be of the form 'runs:/<run_id>/run-relative/path/to/artifact'`,
  )
}
