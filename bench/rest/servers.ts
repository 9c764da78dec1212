import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { mlflowEnvironment } from '../harness/mlflow.js'
import { CLI_SCRIPT, MLFLOW_PYTHON } from '../harness/variables.js'

/** A server in processes of its own. */
export interface Server {
  readonly port: number
  stop(): Promise<void>
}

const START_MS = 120_000

/** `tracklet server`, as it ships, over the store `store` in a folder. */
export function startTracklet(folder: string): Promise<Server> {
  const script = process.env[CLI_SCRIPT]
  if (!script) throw new Error('The benchmarks are started by bench/run.ts.')
  return start((port) => [
    process.execPath,
    script,
    ...['server', '--store', `file:${join(folder, 'store')}`, '--port', String(port)],
  ])
}

/** `mlflow server` over `mlflow.db` in a folder; as many workers as it likes (4) by default. Null where it is absent. */
export async function startMlflow(folder: string, workers?: number): Promise<Server | null> {
  const python = process.env[MLFLOW_PYTHON]
  if (!python) return null
  return start((port) => [
    ...[python, '-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port)],
    ...['--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`],
    ...['--artifacts-destination', join(folder, 'artifacts')],
    ...(workers === undefined ? [] : ['--workers', String(workers)]),
  ])
}

/** What a server made of nothing but `node:http` does: reads the body, parses it, answers `{}`. */
export function startBare(): Promise<Server> {
  return start((port) => [process.execPath, '-e', BARE, String(port)])
}

const BARE = `
  require('node:http').createServer((incoming, outgoing) => {
    const parts = []
    incoming.on('data', (part) => parts.push(part)).on('end', () => {
      const text = Buffer.concat(parts).toString()
      if (text !== '') JSON.parse(text)
      outgoing.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 })
      outgoing.end('{}')
    })
  }).listen(Number(process.argv[1]), '127.0.0.1')
`

/** Gives this process, which asks, the last core for itself. False where cores cannot be given. */
export function pinGenerator(): boolean {
  try {
    const core = String(availableParallelism() - 1)
    execFileSync('taskset', ['-a', '-c', '-p', core, String(process.pid)], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function start(command: (port: number) => readonly string[]): Promise<Server> {
  const port = await freePort()
  const [file, ...args] = [...pinned(), ...command(port)]
  const server = spawn(file!, args, {
    // A group of its own, so that its workers end with it.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...mlflowEnvironment(), MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' },
  })
  const stop = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    process.kill(-server.pid!, 'SIGKILL')
    await ended
  }
  process.on('exit', () => void stop())
  await answers(port, server)
  return { port, stop }
}

/** All cores but the last. */
function pinned(): readonly string[] {
  const cores = availableParallelism()
  return cores > 1 && hasTaskset() ? ['taskset', '-c', cores === 2 ? '0' : `0-${cores - 2}`] : []
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function answers(port: number, server: ChildProcess): Promise<void> {
  let output = ''
  server.stderr?.on('data', (text) => (output = (output + String(text)).slice(-3_000)))
  const end = Date.now() + START_MS
  while (Date.now() < end && server.exitCode === null) {
    if ((await fetch(`http://127.0.0.1:${port}/health`).catch(() => null))?.ok) return
    await setTimeout(50)
  }
  throw new Error(`The server did not start:\n${output}`)
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}
