// The second half of `npm run build`, after tsc: what a browser needs that is no module of ours.
//   adapters/chunks/worker-source.js  the engine's worker as a string, for a Blob worker
//   adapters/chunks/sqlite-wasm.js    SQLite's WebAssembly, deflated, in base64
//   adapters/chunks/worker.js         the same worker as a module file, for pages that allow no Blob worker
//   worker.js                         a copy of it, for `new Worker(new URL('tracklet/worker.js', ...))`
//   tracklet.js, page/*.js            the browser entry in few files, for plain pages and CDNs
// They go to dist, or to the folder of `--out`. The chunks are also written beside their declarations in
// adapters/chunks, so that the sources run in a browser (as through Vite); git ignores them there.
// `--source-only` makes just these.
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import zopfli from '@gfx/zopfli'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values: flags } = parseArgs({
  options: { out: { type: 'string' }, 'source-only': { type: 'boolean', default: false } },
})
const out = resolve(flags.out ?? join(root, 'dist'))

const shared = {
  bundle: true,
  write: false,
  minify: true,
  platform: 'browser',
  target: 'es2022',
  legalComments: 'inline',
  logLevel: 'warning',
}

// sql.js sets its `module` to undefined when it runs; bundled once more, terser takes it for undefined from the
// start and drops the export (seen with webpack). Nothing in the file reads it afterwards.
const keepModule = {
  name: 'keep-module',
  setup({ onLoad }) {
    onLoad({ filter: /sql-wasm-browser\.js$/ }, async ({ path }) => {
      const parts = (await readFile(path, 'utf8')).split(/^\s*module = undefined;$/m)
      if (parts.length !== 2) throw new Error('sql.js has changed: see keepModule in build.mjs')
      return { contents: parts.join('') }
    })
  },
}

const chunks = await makeChunks()
if (flags['source-only'] || !flags.out) await writeAll(join(root, 'adapters/chunks'), chunks, false)
if (!flags['source-only']) {
  await writeAll(join(out, 'adapters/chunks'), chunks, true)
  await writeAll(out, { 'worker.js': chunks['worker.js'], ...(await makePageModules()) }, true)
  for (const name of ['worker-source.d.ts', 'sqlite-wasm.d.ts'])
    await copyFile(join(root, 'adapters/chunks', name), join(out, 'adapters/chunks', name))
}

async function makeChunks() {
  const worker = {
    ...shared,
    plugins: [keepModule],
    entryPoints: [join(root, 'adapters/browser.worker.ts')],
  }
  const wasm = await readFile(createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm'))
  // A slower search for the same format: 5 % less for every page to load.
  const deflated = Buffer.from(await zopfli.deflateAsync(wasm, {})).toString('base64')
  const source = await textOf({ ...worker, format: 'iife' })
  return {
    'worker-source.js': `export const source = ${JSON.stringify(source)}\n`,
    'sqlite-wasm.js': `export const deflated = '${deflated}'\n`,
    'worker.js': await textOf({ ...worker, format: 'esm' }),
  }
}

/** The browser entry with all it needs but the big chunks, which stay lazy. */
async function makePageModules() {
  const chunksApart = {
    name: 'chunks-apart',
    setup({ onResolve }) {
      onResolve({ filter: /chunks\/(worker-source|sqlite-wasm)\.js$/ }, ({ path }) => ({
        path: path.replace(/^\.\//, './adapters/'),
        external: true,
      }))
    },
  }
  const { outputFiles } = await build({
    ...shared,
    format: 'esm',
    splitting: true,
    entryPoints: { tracklet: join(root, 'adapters/browser.ts') },
    outdir: out,
    chunkNames: 'page/[name]-[hash]',
    plugins: [chunksApart, keepModule],
  })
  await rm(join(out, 'page'), { recursive: true, force: true })
  return Object.fromEntries(outputFiles.map(({ path, text }) => [relative(out, path), text]))
}

async function textOf(options) {
  const { outputFiles } = await build(options)
  return outputFiles[0].text
}

async function writeAll(folder, files, report) {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    // Tests may read the file while it is made anew.
    await writeFile(`${path}.${process.pid}`, text)
    await rename(`${path}.${process.pid}`, path)
    if (report) print(relative(out, path), text)
  }
}

function print(name, text) {
  const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`.padStart(12)
  const zipped = gzipSync(text, { level: 9 }).length
  console.log(`${name.padEnd(36)}${kib(Buffer.byteLength(text))}${kib(zipped)} gz`)
}
