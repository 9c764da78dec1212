import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A pinned MLflow, and the Python that has it. */
export interface PinnedMlflow {
  readonly version: string
  readonly python: string
}

/** What TRACKLET_MLFLOW lists, newest first: `3.17.2=/venv/bin/python`, one after another, with commas between. */
export function pinnedMlflows(): readonly PinnedMlflow[] {
  const list = (process.env['TRACKLET_MLFLOW'] ?? '').split(',').filter((item) => item !== '')
  if (list.length === 0)
    throw new Error('Set TRACKLET_MLFLOW, as `.ci/run` does; see test/README.md.')
  const pinned = list.map((item) => {
    const at = item.indexOf('=')
    return { version: item.slice(0, at), python: item.slice(at + 1) }
  })
  return pinned.sort((a, b) => b.version.localeCompare(a.version, 'en', { numeric: true }))
}

/** Runs a script of this folder, gives what it printed as JSON; throws with its errors when it fails. */
export function runPython(
  python: string,
  script: string,
  options: { args?: readonly string[]; input?: unknown } = {},
): unknown {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { status, stdout, stderr, error } = spawnSync(python, [path, ...(options.args ?? [])], {
    input: JSON.stringify(options.input ?? null),
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: { ...process.env, PYTHONUTF8: '1' },
  })
  if (status !== 0) throw new Error(`${script} failed: ${error?.message ?? stderr}`)
  return JSON.parse(stdout)
}

/** The same without waiting, for scripts that talk to a server in this process; the last line of what they print counts. */
export async function runPythonBeside(
  python: string,
  script: string,
  args: readonly string[],
): Promise<unknown> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const { stdout } = await promisify(execFile)(python, [path, ...args], {
    maxBuffer: 2 ** 30,
    timeout: 300_000,
    env: { ...process.env, PYTHONUTF8: '1', PYTHONWARNINGS: 'ignore' },
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

/** A double's IEEE 754 bytes in hex, so that it goes to Python and back exactly. */
export function bits(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}
