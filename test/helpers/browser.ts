import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium, type Browser, type Page } from 'playwright'
import type { BrowserOutcome } from './browser-vitest.js'
import { BROWSER_FLAGS, findBrowser } from './find-browser.js'
import { serve, type Answer } from './static-server.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** A fresh browser with an empty profile. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findBrowser(), args: [...BROWSER_FLAGS] })
}

/** One script of a TypeScript entry (a path from the repository's root) and all it imports. */
export async function bundleScript(entry: string): Promise<string> {
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
  })
  return outputFiles[0]?.text ?? ''
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
    const page = await browser.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(String(error.stack)))
    await page.goto(server.origin)
    const outcomes = await outcomesOf(page)
    if (problems.length > 0) throw new Error(problems.join('\n'))
    return outcomes
  } finally {
    await browser.close()
    await server.close()
  }
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
