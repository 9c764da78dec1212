import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll } from 'vitest'

/** What a command printed, and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** How a command is started, apart from its arguments. */
export interface Start {
  readonly env?: Readonly<Record<string, string>>
  /** Closes its standard output after so many bytes, as `| head` does. */
  readonly closeAfter?: number
  /** Sends it SIGINT after so many bytes of standard output, as Ctrl-C does. */
  readonly interruptAfter?: number
}

/** The command line, as a process of its own. */
export interface CommandLine {
  /** A folder for the tests' files. */
  readonly folder: string
  /** The store that commands open. */
  readonly store: string
  readonly tracklet: (args: readonly string[], start?: Start) => Promise<Ended>
}

/** Bundles the command line for the tests of one file, with a folder of their own; both are removed after them. */
export function useCommandLine(): CommandLine {
  // One for each process of tests, since files run beside each other; beside the packages, so that it finds them.
  const script = fileURLToPath(
    new URL(`../../node_modules/.tracklet-cli-${process.pid}.mjs`, import.meta.url),
  )
  const paths = { folder: '', store: '' }
  beforeAll(async () => {
    paths.folder = await mkdtemp(join(tmpdir(), 'tracklet-cli-'))
    paths.store = join(paths.folder, 'store')
    await bundle(script)
  })
  afterAll(async () => {
    await rm(script, { force: true })
    await rm(paths.folder, { recursive: true, force: true })
  })
  return {
    get folder() {
      return paths.folder
    },
    get store() {
      return paths.store
    },
    tracklet: (args, { env = {}, closeAfter = Infinity, interruptAfter = Infinity } = {}) =>
      run(script, args, {
        cwd: paths.folder,
        env: { ...plainEnvironment(), TRACKLET_URI: paths.store, TZ: 'UTC', ...env },
        closeAfter,
        interruptAfter,
      }),
  }
}

async function bundle(script: string): Promise<void> {
  await build({
    entryPoints: [fileURLToPath(new URL('../../adapters/node-cli.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  })
}

/** What tests were started with must not choose the store or the experiment. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(MLFLOW|TRACKLET|NODE)_/.test(name))
  return Object.fromEntries(own)
}

interface Place {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

function run(
  script: string,
  args: readonly string[],
  { cwd, env, closeAfter, interruptAfter }: Required<Omit<Start, 'env'>> & Place,
): Promise<Ended> {
  const child = spawn(process.execPath, [script, ...args], { cwd, env })
  const [out, err]: [Buffer[], Buffer[]] = [[], []]
  let bytes = 0
  child.stdout.on('data', (piece: Buffer) => {
    out.push(piece)
    bytes += piece.length
    if (bytes >= closeAfter) child.stdout.destroy()
    if (bytes >= interruptAfter && bytes - piece.length < interruptAfter) child.kill('SIGINT')
  })
  child.stderr.on('data', (piece: Buffer) => err.push(piece))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      resolve({ code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    )
  })
}
