import type { BrowserType, LaunchOptions, Page } from 'playwright'
import type * as Tracklet from 'tracklet'
import { serveFolder } from '../../test/helpers/browser-app.js'
import type { Place, Sample } from './benchmark.js'
import { BROWSER_APP, BROWSER_VERSION } from './variables.js'

/** What a page has as `globalThis.tracklet`: the built package, loaded without a bundler. */
export type TrackletModule = typeof Tracklet

/** What a page imports to have `page.ts`; by a variable, so that nobody looks for it when the benchmarks are built. */
export const PAGE_MODULE = '/page.js'

/**
 * Runs `work` in a page of a fresh Chromium whose profile is in the place's folder: a private window would keep
 * IndexedDB in memory. Null where there is no browser. `work` may use nothing but its argument, `tracklet`
 * and what it imports from `PAGE_MODULE`.
 */
export async function inChromium<A>(
  place: Place,
  work: (argument: A) => Promise<Sample>,
  argument: A,
): Promise<Sample | null> {
  const app = process.env[BROWSER_APP]
  if (!app || !process.env[BROWSER_VERSION]) return null
  const server = await serveFolder(app)
  const { chromium, options } = await loadDriver()
  const context = await chromium.launchPersistentContext(place.folder, options)
  try {
    const page = await context.newPage()
    await page.goto(server.origin)
    await page.waitForFunction(() => 'tracklet' in globalThis)
    return await (page.evaluate as Evaluate<A>).call(page, work, argument)
  } finally {
    await context.close()
    await server.close()
  }
}

/** The browser's version; null where there is none. */
export async function chromiumVersion(): Promise<string | null> {
  try {
    const { chromium, options } = await loadDriver()
    const browser = await chromium.launch(options)
    const version = browser.version()
    await browser.close()
    return version
  } catch {
    return null
  }
}

/** Loaded only where a browser is used: it takes a second. */
async function loadDriver(): Promise<{ chromium: BrowserType; options: LaunchOptions }> {
  const [{ chromium }, { BROWSER_FLAGS, findBrowser }] = await Promise.all([
    import('playwright'),
    import('../../test/helpers/find-browser.js'),
  ])
  return { chromium, options: { executablePath: findBrowser(), args: [...BROWSER_FLAGS] } }
}

type Evaluate<A> = (
  this: Page,
  work: (argument: A) => Promise<Sample>,
  argument: A,
) => Promise<Sample>
