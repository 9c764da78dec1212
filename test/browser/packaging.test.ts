import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build as esbuild } from 'esbuild'
import type { Browser } from 'playwright'
import { build as viteBuild, createServer, type InlineConfig } from 'vite'
import webpack from 'webpack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appReady, type TrackletModule } from '../helpers/browser-app.js'
import { launchBrowser } from '../helpers/browser.js'
import { serve } from '../helpers/static-server.js'

declare const tracklet: TrackletModule

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NO_BLOB = { 'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'" }
const NO_WORKER = {
  'content-security-policy': "default-src 'self' 'wasm-unsafe-eval'; worker-src 'none'",
}
const PAGE = (script: string): string => `<!doctype html><title>app</title>${script}`

let project: string
let browser: Browser

beforeAll(async () => {
  ;[project, browser] = await Promise.all([makeProject(), launchBrowser()])
})

afterAll(async () => {
  await browser?.close()
  if (project) await rm(project, { recursive: true })
})

describe('the package without any configuration', () => {
  it('works in Vite while developing', async () => {
    const server = await createServer({ ...viteConfig(), server: { port: 0 } })
    await server.listen()
    try {
      expect(await logOnce(server.resolvedUrls?.local[0] ?? '')).toEqual(loggedIn('blob-worker'))
    } finally {
      await server.close()
    }
  })

  it('works built by Vite, wherever the engine may run', async () => {
    const outDir = join(project, 'vite')
    await viteBuild({ ...viteConfig(), build: { outDir, emptyOutDir: true } })
    await expectEveryPlace(outDir)
  })

  it('works built by webpack, wherever the engine may run', async () => {
    const outDir = join(project, 'webpack')
    await runWebpack(outDir)
    await writeFile(join(outDir, 'index.html'), PAGE('<script src="/main.js"></script>'))
    await expectEveryPlace(outDir)
  })

  it('works built by esbuild, in one classic script', async () => {
    const outDir = join(project, 'esbuild')
    await esbuild({
      entryPoints: [join(project, 'main.js')],
      bundle: true,
      format: 'iife',
      outfile: join(outDir, 'main.js'),
      logLevel: 'error',
    })
    await writeFile(join(outDir, 'index.html'), PAGE('<script src="/main.js"></script>'))
    expect(await logOnServer(outDir)).toEqual(loggedIn('blob-worker'))
  })

  it('works built by esbuild, split into modules', async () => {
    const outDir = join(project, 'esbuild-split')
    await esbuild({
      entryPoints: [join(project, 'main.js')],
      bundle: true,
      format: 'esm',
      splitting: true,
      outdir: outDir,
      logLevel: 'error',
    })
    const script = '<script type="module" src="/main.js"></script>'
    await writeFile(join(outDir, 'index.html'), PAGE(script))
    expect(await logOnServer(outDir)).toEqual(loggedIn('blob-worker'))
  })

  it('works in a plain page, from the files as they are', async () => {
    const folder = join(project, 'node_modules/tracklet/dist')
    const script =
      '<script type="module">import * as t from "/tracklet.js"; globalThis.tracklet = t</script>'
    await writeFile(join(folder, 'index.html'), PAGE(script))
    expect(await logOnServer(folder)).toEqual(loggedIn('blob-worker'))
  })
})

/** A project that has the package as npm would install it, and an entry that imports it by name. */
async function makeProject(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tracklet-packaging-'))
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, 'tracklet'), { recursive: true })
  const dependencies = await readdir(join(ROOT, 'node_modules'))
  for (const name of dependencies.filter((known) => !known.startsWith('.')))
    await symlink(join(ROOT, 'node_modules', name), join(modules, name))
  await cp(join(ROOT, 'package.json'), join(modules, 'tracklet/package.json'))
  const dist = join(modules, 'tracklet/dist')
  const run = promisify(execFile)
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
  const config = join(ROOT, 'tsconfig.build.json')
  await run('node', [tsc, '-p', config, '--noCheck', '--outDir', dist])
  await run('node', [join(ROOT, 'adapters/build.mjs'), '--out', dist])
  await writeFile(
    join(folder, 'main.js'),
    "import * as tracklet from 'tracklet'\nglobalThis.tracklet = { openTracker: tracklet.openTracker }\n",
  )
  await writeFile(
    join(folder, 'index.html'),
    PAGE('<script type="module" src="/main.js"></script>'),
  )
  await writeFile(join(folder, 'package.json'), '{ "name": "app", "type": "module" }\n')
  return folder
}

function viteConfig(): InlineConfig {
  return { root: project, configFile: false, logLevel: 'error', cacheDir: join(project, '.vite') }
}

function runWebpack(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const config = { mode: 'production', context: project, entry: './main.js', output: { path } }
    webpack(config as webpack.Configuration, (error, stats) => {
      if (error) reject(error)
      else if (stats?.hasErrors()) reject(new Error(stats.toString('errors-only')))
      else resolve()
    })
  })
}

async function expectEveryPlace(folder: string): Promise<void> {
  expect(await logOnServer(folder)).toEqual(loggedIn('blob-worker'))
  expect(await logOnServer(folder, NO_BLOB)).toEqual(loggedIn('module-worker'))
  expect(await logOnServer(folder, NO_WORKER)).toEqual(loggedIn('page'))
}

async function logOnServer(directory: string, headers = {}): Promise<unknown> {
  const server = await serve({ directory, headers })
  try {
    return await logOnce(server.origin)
  } finally {
    await server.close()
  }
}

function loggedIn(place: string): unknown {
  return { place, losses: [0.5, 0.25] }
}

async function logOnce(url: string): Promise<unknown> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(url)
  await appReady(page)
  const found = await page.evaluate(async () => {
    const tracker = await tracklet.openTracker()
    const run = await tracker.startRun()
    run.logMetric('loss', 0.5, { step: 0 })
    run.logMetric('loss', 0.25, { step: 1 })
    await run.end()
    const history = await tracker.client.getMetricHistory(run.id, 'loss')
    await tracker.close()
    return { place: tracker.engine.place, losses: history.map((point) => point.value) }
  })
  await context.close()
  return found
}
