import { chromium, type Browser, type Page, type Request } from 'playwright'
import { BROWSER_FLAGS, findBrowser } from '../../helpers/find-browser.js'
import type { UiRoute } from './routes.js'

/** Calls whose answer may be 404: MLflow's pages do without its assistant and traces, and who is logged in. */
export const OPTIONAL: readonly RegExp[] = [
  /^\/ajax-api\/2\.0\/mlflow\/users\/current$/,
  /^\/ajax-api\/3\.0\/mlflow\/assistant\/(config|providers)/,
  // Whether the name of a new experiment is free.
  /^\/ajax-api\/2\.0\/mlflow\/experiments\/get-by-name$/,
  /^\/ajax-api\/[23]\.0\/mlflow\/(traces|scorers|datasets|logged-models)(\/|$)/,
]

/** A page that is watched. */
export interface WatchedPage {
  readonly page: Page
  /** What went wrong so far: errors of scripts, requests that failed or left for elsewhere. */
  readonly problems: readonly string[]
  /** The optional calls that had no answer. */
  readonly missed: ReadonlySet<string>
  /** Resolves when no call of the page is under way. */
  readonly settled: () => Promise<void>
}

/** A browser for which there is only this machine. */
export function launchLocalBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findBrowser(),
    args: [...BROWSER_FLAGS, '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  })
}

/** A page that nothing was opened in yet, which is to ask the server at `url` alone. */
export function watch(page: Page, url: string): WatchedPage {
  const problems: string[] = []
  const missed = new Set<string>()
  const shown = (asked: string): string => asked.replace(url, '')
  const settled = followCalls(page)
  page.on('pageerror', (error) => problems.push(`script: ${error.stack ?? error.message}`))
  page.on('request', (request) => {
    const asked = request.url()
    if (/^https?:/.test(asked) && !asked.startsWith(`${url}/`)) problems.push(`left for ${asked}`)
  })
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? ''
    // The page's own doing, when it has moved on.
    if (reason !== 'net::ERR_ABORTED') problems.push(`${shown(request.url())}: ${reason}`)
  })
  page.on('response', (response) => {
    if (response.status() < 400) return
    const path = shown(response.url()).replace(/\?.*/, '')
    if (response.status() === 404 && OPTIONAL.some((call) => call.test(path))) missed.add(path)
    else problems.push(`${response.status()} ${shown(response.url())}`)
  })
  return { page, problems, missed, settled }
}

/** Opens a route, and waits for all that is to be seen there; what stays away ends the wait with an error. */
export async function openRoute(
  { page, settled }: WatchedPage,
  url: string,
  { hash, texts, charts = 0, pictures = 0 }: UiRoute,
): Promise<void> {
  await page.goto(`${url}/#${hash}`)
  for (const text of texts) await waitForText(page, text)
  if (charts > 0) await page.locator(`:nth-match(.js-plotly-plot .main-svg, ${charts})`).waitFor()
  if (pictures > 0) await page.waitForFunction(drawnPictures, pictures)
  await settled()
}

/** Calls of the API: workers' scripts, of which no end is told, are no calls. */
function followCalls(page: Page): () => Promise<void> {
  const open = new Set<Request>()
  const waiting = new Set<() => void>()
  const end = (request: Request): void => {
    open.delete(request)
    if (open.size === 0) for (const go of waiting) go()
  }
  page.on('request', (request) => {
    if (['fetch', 'xhr', 'image'].includes(request.resourceType())) open.add(request)
  })
  page.on('requestfinished', end).on('requestfailed', end)
  return () => new Promise((resolve) => (open.size === 0 ? resolve() : waiting.add(resolve)))
}

async function waitForText(page: Page, text: string): Promise<void> {
  const inFrame = text.startsWith('@')
  const place = inFrame ? page.frameLocator('iframe') : page
  const found = place.getByText(inFrame ? text.slice(1) : text).filter({ visible: true })
  await found.first().waitFor()
}

function drawnPictures(wanted: number): boolean {
  const drawn = [...document.images].filter(({ src, complete, naturalWidth }) => {
    return /blob:|get-artifact/.test(src) && complete && naturalWidth > 0
  })
  return drawn.length >= wanted
}
