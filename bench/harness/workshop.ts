import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { chromiumVersion } from './chromium.js'
import { findMlflow, mlflowVariables } from './mlflow.js'
import { installPeers } from './peers.js'
import {
  BROWSER_APP,
  BROWSER_VERSION,
  CHECKOUT,
  CLI_SCRIPT,
  PEERS,
  SUPPLIES,
  THREAD_SCRIPT,
} from './variables.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** All that the children of one run share, in a temporary folder. */
export interface Workshop {
  readonly folder: string
  /** The script of a child: the benchmarks and the library as they were when the run began, as plain JavaScript. */
  readonly childScript: string
  /** What children find in their environment. */
  readonly variables: Readonly<Record<string, string>>
  /** Versions of MLflow, Chromium and the peers, or that they are absent. */
  readonly versions: readonly string[]
  /** A fresh folder, below the workshop's. */
  newFolder(): Promise<string>
  close(): Promise<void>
}

/** Builds the children's script and the browser's package, and finds out what can be compared with. */
export async function openWorkshop(): Promise<Workshop> {
  const folder = await mkdtemp(join(tmpdir(), 'tracklet-bench-'))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const [childScript, app, chromium, mlflow, peers] = await Promise.all([
    buildChild(folder),
    buildApp(join(folder, 'app')),
    chromiumVersion(),
    findMlflow(),
    installPeers(),
  ])
  let folders = 0
  return {
    folder,
    childScript,
    variables: {
      ...mlflowVariables(mlflow?.python ?? ''),
      [BROWSER_APP]: app,
      [BROWSER_VERSION]: chromium ?? '',
      [CHECKOUT]: ROOT,
      [CLI_SCRIPT]: join(folder, 'cli.mjs'),
      [PEERS]: peers.folder ?? '',
      [SUPPLIES]: join(folder, 'supplies'),
      [THREAD_SCRIPT]: join(folder, 'thread.mjs'),
    },
    versions: [
      mlflow?.versions ?? 'MLflow absent',
      chromium === null ? 'Chromium absent' : `Chromium ${chromium}`,
      ...peers.versions,
    ],
    newFolder: async () => {
      const path = join(folder, 'places', String(++folders))
      await mkdir(path, { recursive: true })
      return path
    },
    close: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}

/** A loader would slow the measured code down; what is shipped is plain JavaScript, and so is this. */
async function buildChild(folder: string): Promise<string> {
  await build({
    entryPoints: [
      { in: join(ROOT, 'bench/harness/child.ts'), out: 'child' },
      { in: join(ROOT, 'adapters/node.worker.ts'), out: 'thread' },
      { in: join(ROOT, 'adapters/node-cli.ts'), out: 'cli' },
    ],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
    alias: {
      tracklet: join(ROOT, 'adapters/node.ts'),
      'tracklet/core': join(ROOT, 'src/index.ts'),
      'tracklet/adapters/memory': join(ROOT, 'adapters/memory.ts'),
      'tracklet/adapters/filesystem': join(ROOT, 'adapters/filesystem.ts'),
    },
  })
  return join(folder, 'child.mjs')
}

async function buildApp(folder: string): Promise<string> {
  await promisify(execFile)('node', [join(ROOT, 'adapters/build.mjs'), '--out', folder])
  await build({
    entryPoints: [join(ROOT, 'bench/harness/page.ts')],
    outfile: join(folder, 'page.js'),
    bundle: true,
    format: 'esm',
    logLevel: 'warning',
  })
  return folder
}
