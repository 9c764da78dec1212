import type { RunStatus } from '../src/entities/run.js'

/** What wants to be done before the process ends. */
export interface ExitHook {
  /** The process has nothing left to do, and may wait. */
  readonly idle?: () => Promise<void>
  /** The last moment: ends runs with this status; nothing may wait. */
  readonly endRuns?: (status: RunStatus) => void
  /** After all hooks have ended their runs: writes what is left; nothing may wait. */
  readonly commit?: () => void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const hooks = new Set<ExitHook>()

/** Installs a hook; the process's own listeners are there only while one is. Gives what takes it away again. */
export function onProcessExit(hook: ExitHook): () => void {
  if (hooks.size === 0) listen()
  hooks.add(hook)
  return () => {
    if (hooks.delete(hook) && hooks.size === 0) unlisten()
  }
}

function listen(): void {
  process.on('beforeExit', idle)
  process.on('exit', exit)
  for (const signal of SIGNALS) process.on(signal, interrupted)
}

function unlisten(): void {
  process.off('beforeExit', idle)
  process.off('exit', exit)
  for (const signal of SIGNALS) process.off(signal, interrupted)
}

function idle(): void {
  for (const hook of hooks)
    hook.idle?.().catch((error: unknown) => {
      console.error(error)
      process.exitCode ??= 1
    })
}

function exit(): void {
  finish('FINISHED')
}

function finish(status: RunStatus): void {
  for (const hook of hooks) hook.endRuns?.(status)
  for (const hook of hooks) hook.commit?.()
}

/** Where the program has a handler of its own, that one decides how the process goes on. */
function interrupted(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return
  finish('KILLED')
  unlisten()
  process.kill(process.pid, signal)
}
