import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build, type BuildResult, type Plugin } from 'esbuild'
import packageJson from '../package.json' with { type: 'json' }
import budgets from './budgets.json' with { type: 'json' }
import type { Benchmark, Contestant, Sample, Target } from './harness/benchmark.js'
import { BROWSER_APP, CHECKOUT } from './harness/variables.js'

const AT_ONCE = 'loaded at once'
const LAZY = 'loaded when used'
const PAGE = 'a page with its engine, wasm included'

/** Node's own subpaths have no browser bundle; these files are no code. */
const NOT_FOR_BROWSERS = ['./package.json', './adapters/filesystem', './server']

const subpaths = Object.entries(packageJson.exports)
  .filter(([subpath]) => !NOT_FOR_BROWSERS.includes(subpath))
  .map(([subpath, target]) => ({ subpath, file: defaultOf(target) }))

/** What pages load. */
export const bundleSize: Benchmark = {
  name: 'bundle-size',
  title: 'Size of each subpath in a bundle for browsers',
  note: 'Bundled and minified by esbuild, gzip level 9; 1 KB = 1,000 bytes. Chunks that are imported when used are counted apart: SQLite, the worker, Arrow, zip. Budgets are in budgets.json; --check fails above them.',
  rounds: 1,
  measures: [
    { name: AT_ONCE, unit: 'KB', better: 'less' },
    { name: LAZY, unit: 'KB', better: 'less' },
  ],
  contestants: [
    ...subpaths.map(({ subpath, file }): Contestant => {
      return { name: nameOf(subpath), measure: () => sizes(file) }
    }),
    { name: PAGE, measure: pageWithEngine },
  ],
  targets: [
    ...subpaths.flatMap(({ subpath }) => budgetOf(nameOf(subpath), budgetAtOnce(subpath))),
    ...budgetOf(PAGE, budgets.pageWithEngine),
  ],
}

/** The file that a browser's bundler takes for a subpath. */
function defaultOf(target: unknown): string {
  return typeof target === 'string' ? target : defaultOf((target as { default: unknown }).default)
}

function sourceOf(file: string): string {
  return file.replace('./dist/', '').replace(/\.js$/, '.ts')
}

function nameOf(subpath: string): string {
  return `tracklet${subpath.slice(1)}`
}

function budgetAtOnce(subpath: string): number | undefined {
  return (budgets.atOnce as Readonly<Record<string, number>>)[subpath]
}

function budgetOf(of: string, atMost: number | undefined): Target[] {
  return atMost === undefined ? [] : [{ measure: AT_ONCE, of, atMost, budget: true }]
}

/** Sizes of a subpath's entry with all it imports, and of what it imports only when used. */
async function sizes(file: string): Promise<Sample | null> {
  const app = process.env[BROWSER_APP]
  if (!app) return null
  if (file === './dist/worker.js') return { [AT_ONCE]: await zipped(join(app, 'worker.js')) }
  const { metafile, outputFiles } = await bundle(file, app)
  const outputs = Object.entries(metafile.outputs)
  const source = sourceOf(file)
  const entry = outputs.find(([, { entryPoint }]) => entryPoint === source)?.[0] ?? ''
  const start = staticImports(metafile, entry)
  const total = (wanted: (path: string) => boolean): number =>
    outputFiles
      .filter((_, i) => wanted(outputs[i]?.[0] ?? ''))
      .reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length / 1000, 0)
  return {
    [AT_ONCE]: total((path) => start.has(path)),
    [LAZY]: total((path) => !start.has(path)),
  }
}

type Bundle = BuildResult<{ metafile: true; write: false }>

function bundle(file: string, app: string): Promise<Bundle> {
  const root = process.env[CHECKOUT] ?? ''
  return build({
    entryPoints: [join(root, sourceOf(file))],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: join(app, 'sizes'),
    logLevel: 'error',
    plugins: [builtChunks(join(app, 'adapters/chunks'))],
  })
}

/** The big chunks are made by the build, which was done elsewhere. */
function builtChunks(folder: string): Plugin {
  return {
    name: 'built-chunks',
    setup({ onResolve }) {
      onResolve({ filter: /chunks\/(worker-source|sqlite-wasm)\.js$/ }, ({ path }) => ({
        path: join(folder, path.split('/').at(-1) ?? ''),
      }))
    },
  }
}

function staticImports(metafile: Bundle['metafile'], entry: string): Set<string> {
  const found = new Set([entry])
  for (const path of found)
    for (const { path: next, kind, external } of metafile.outputs[path]?.imports ?? [])
      if (kind === 'import-statement' && !external) found.add(next)
  return found
}

/** What a page has loaded once a store is open: the entry, the worker, SQLite. */
async function pageWithEngine(): Promise<Sample | null> {
  const app = process.env[BROWSER_APP]
  const entry = await sizes(defaultOf(packageJson.exports['.']))
  if (!app || !entry) return null
  const chunks = ['worker-source.js', 'sqlite-wasm.js'].map((name) =>
    zipped(join(app, 'adapters/chunks', name)),
  )
  const [worker = 0, sqlite = 0] = await Promise.all(chunks)
  return { [AT_ONCE]: (entry[AT_ONCE] ?? 0) + worker + sqlite }
}

async function zipped(path: string): Promise<number> {
  return gzipSync(await readFile(path), { level: 9 }).length / 1000
}
