import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pinnedMlflows } from '../python.js'

/** A release of MLflow's own pages. */
export interface UiBuild {
  readonly version: string
  /** What `--mlflow-ui` takes. */
  readonly folder: string
}

const WHERE =
  "from importlib.util import find_spec; print(find_spec('mlflow').submodule_search_locations[0])"

/** The pages of the newest pinned MLflow, and what TRACKLET_MLFLOW_UI lists besides: `3.6.0=/folder`, with commas between. */
export function uiBuilds(): readonly UiBuild[] {
  const [newest] = pinnedMlflows()
  const listed = (process.env['TRACKLET_MLFLOW_UI'] ?? '').split(',').filter((item) => item !== '')
  const given = listed.map((item) => {
    const at = item.indexOf('=')
    return { version: item.slice(0, at), folder: item.slice(at + 1) }
  })
  if (newest === undefined || given.some(({ version }) => version === newest.version)) return given
  return [{ version: newest.version, folder: folderOf(newest.python) }, ...given]
}

function folderOf(python: string): string {
  const { status, stdout, stderr } = spawnSync(python, ['-c', WHERE], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return join(stdout.trim(), 'server', 'js', 'build')
}
