import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A real MLflow server over a SQLite file, with its artifact proxy. */
export interface MlflowServer {
  readonly url: string
  /** Removes all experiments but Default, all runs and all models. */
  empty(): Promise<void>
  stop(): Promise<void>
}

const START_MS = 120_000

/** Starts a server on a free port; resolves when it answers. */
export async function startMlflowServer(
  python: string,
  args: readonly string[] = ['--serve-artifacts'],
): Promise<MlflowServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tracklet-server-'))
  const port = await freePort()
  const database = join(folder, 'mlflow.db')
  const server = spawn(
    python,
    ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1']
      .concat('--backend-store-uri', `sqlite:///${database}`)
      .concat('--artifacts-destination', join(folder, 'artifacts'), args),
    {
      // A group of its own, so that its children end with it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
    },
  )
  const url = `http://127.0.0.1:${port}`
  await answers(url, server)
  const emptier = await startEmptier(python, database)
  return {
    url,
    empty: emptier.empty,
    async stop() {
      emptier.stop()
      if (server.exitCode === null) {
        const ended = once(server, 'exit')
        process.kill(-server.pid!, 'SIGKILL')
        await ended
      }
      await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function startEmptier(
  python: string,
  database: string,
): Promise<{ empty: () => Promise<void>; stop: () => void }> {
  const script = fileURLToPath(new URL('reset_store.py', import.meta.url))
  const child = spawn(python, [script, database], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  await once(lines, 'line')
  return {
    async empty() {
      const done = once(lines, 'line')
      child.stdin.write('\n')
      await done
    },
    stop: () => child.kill('SIGKILL'),
  }
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  let output = ''
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (text) => (output = (output + String(text)).slice(-5_000)))
  const end = Date.now() + START_MS
  while (Date.now() < end && server.exitCode === null) {
    if ((await fetch(`${url}/health`).catch(() => null))?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`The MLflow server did not start:\n${output}`)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}
