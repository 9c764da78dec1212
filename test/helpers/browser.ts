import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright'
import type { BrowserOutcome } from './browser-vitest.js'
import { BROWSER_FLAGS, findBrowser } from './find-browser.js'
import { serve, type Answer } from './static-server.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A fresh browser with an empty profile. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findBrowser(), args: [...BROWSER_FLAGS] })
}

/**
 * One script of a TypeScript entry (a path from the repository's root) and all it imports. `app` is a folder with
 * the browser build, from which the chunks are taken that are made and not written.
 */
export async function bundleScript(entry: string, app?: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [ROOT + entry],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'error',
    alias: { vitest: `${ROOT}test/helpers/browser-vitest.ts` },
    define: { 'process.env.NODE_ENV': '"test"' },
    plugins: app === undefined ? [] : [chunksOf(app)],
  })
  return outputFiles[0]?.text ?? ''
}

function chunksOf(app: string): Plugin {
  return {
    name: 'chunks',
    setup({ onResolve }) {
      onResolve({ filter: /\/chunks\/(worker-source|sqlite-wasm)\.js$/ }, ({ path }) => ({
        path: join(app, 'adapters', path),
      }))
    },
  }
}

/**
 * Runs a script that sets `globalThis.outcomes`, in a page of a secure origin of its own, in a fresh browser.
 * More scripts are served by their paths.
 */
export async function runScript(
  script: string,
  more: Readonly<Record<string, string>> = {},
): Promise<BrowserOutcome[]> {
  const server = await serve({
    routes: {
      ...scripts(more),
      '/': { body: '<!doctype html><title>tests</title><script src="/script.js"></script>' },
      '/script.js': { body: script, type: 'text/javascript' },
    },
  })
  const browser = await launchBrowser()
  try {
    return await runPage(browser, server.origin)
  } finally {
    await browser.close()
    await server.close()
  }
}

/** The outcomes of a page whose script sets `globalThis.outcomes`; an error that nothing caught there is thrown. */
export async function runPage(browser: Browser, url: string): Promise<BrowserOutcome[]> {
  const page = await browser.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(String(error.stack)))
  await page.goto(url)
  const outcomes = await outcomesOf(page)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return outcomes
}

/** Answers for scripts by path. */
export function scripts(texts: Readonly<Record<string, string>>): Record<string, Answer> {
  return Object.fromEntries(
    Object.entries(texts).map(([path, body]) => [path, { body, type: 'text/javascript' }]),
  )
}

async function outcomesOf(page: Page): Promise<BrowserOutcome[]> {
  return await page.evaluate(
    () => (globalThis as unknown as { outcomes: Promise<BrowserOutcome[]> }).outcomes,
  )
}
