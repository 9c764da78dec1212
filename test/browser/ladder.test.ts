import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  appReady,
  serveApp,
  serveFolder,
  type App,
  type TrackletModule,
} from '../helpers/browser-app.js'
import { launchBrowser } from '../helpers/browser.js'
import type { StaticServer } from '../helpers/static-server.js'

declare const tracklet: TrackletModule

let app: App
let browser: Browser
const servers: StaticServer[] = []

beforeAll(async () => {
  ;[app, browser] = await Promise.all([serveApp(), launchBrowser()])
})

afterAll(async () => {
  await browser?.close()
  for (const server of servers) await server.close()
  await app?.close()
})

describe('where the engine of a page runs', () => {
  it('is a Blob worker in a plain page', async () => {
    const report = await logOnce(await pageOf(app.origin))
    expect(report).toEqual({ place: 'blob-worker', refused: [], losses: [0.5, 0.25] })
  })

  it('is the worker that the caller makes', async () => {
    const page = await pageOf(app.origin)
    const place = await page.evaluate(async () => {
      const worker = (): Worker => new Worker('/worker.js', { type: 'module' })
      const tracker = await tracklet.openTracker('memory:', { worker })
      await tracker.close()
      return tracker.engine.place
    })
    expect(place).toBe('own-worker')
  })

  it('is a worker of a file where a policy forbids Blob workers', async () => {
    const report = await logOnce(
      await pageUnder("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"),
    )
    expect(report).toMatchObject({ place: 'module-worker', losses: [0.5, 0.25] })
    expect(report.refused).toEqual([expect.stringContaining('worker-src blob:')])
  })

  it('is a worker of a file where only that file may compile WebAssembly', async () => {
    const page = await pageUnder("default-src 'self'", ['/'])
    const report = await logOnce(page)
    expect(report).toMatchObject({ place: 'module-worker', losses: [0.5, 0.25] })
  })

  it('is the page where there are no workers', async () => {
    const report = await logOnce(
      await pageUnder(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'",
      ),
    )
    expect(report).toMatchObject({ place: 'page', losses: [0.5, 0.25] })
    expect(report.refused).toHaveLength(2)
  })

  it('is nowhere under a policy that forbids everything, and the error names what to allow', async () => {
    const page = await pageUnder("default-src 'self'")
    const error = await page.evaluate(() =>
      tracklet.openTracker('memory:').then(
        () => null,
        ({ errorCode, message }: { errorCode: string; message: string }) => ({
          errorCode,
          message,
        }),
      ),
    )
    expect(error).toMatchObject({
      errorCode: 'PERMISSION_DENIED',
      message: expect.stringMatching(/'wasm-unsafe-eval'.*worker-src blob:/),
    })
  })
})

describe('the URI of a store in a browser', () => {
  it.each([
    ['file:/runs', 'INVALID_PARAMETER_VALUE'],
    ['idb:', 'INVALID_PARAMETER_VALUE'],
    ['runs', 'INVALID_PARAMETER_VALUE'],
    ['sqlite:///mlflow.db', 'INVALID_PARAMETER_VALUE'],
  ])('%s is refused as %s, with what to open instead', async (uri, errorCode) => {
    const page = await pageOf(app.origin)
    const error = await page.evaluate(
      (given) =>
        tracklet.openTracker(given).then(
          () => null,
          (thrown: { errorCode: string; message: string }) => ({ ...thrown, text: thrown.message }),
        ),
      uri,
    )
    expect(error).toMatchObject({ errorCode, text: expect.stringContaining("'idb:name'") })
  })
})

async function pageOf(origin: string): Promise<Page> {
  const page = await browser.newPage()
  await page.goto(origin)
  await appReady(page)
  return page
}

/** A page under a content security policy, which holds for all files or only for the paths named. */
async function pageUnder(policy: string, only?: readonly string[]): Promise<Page> {
  const headers = { 'content-security-policy': policy }
  const body = '<!doctype html><title>app</title><script type="module" src="/app.js"></script>'
  const server = await serveFolder(
    app.directory,
    only ? { routes: { '/': { body, headers } } } : { headers },
  )
  servers.push(server)
  return await pageOf(server.origin)
}

async function logOnce(
  page: Page,
): Promise<{ place: string; refused: readonly string[]; losses: number[] }> {
  return await page.evaluate(async () => {
    const tracker = await tracklet.openTracker('idb:ladder')
    const run = await tracker.startRun()
    run.logMetric('loss', 0.5, { step: 0 })
    run.logMetric('loss', 0.25, { step: 1 })
    await run.end()
    const history = await tracker.client.getMetricHistory(run.id, 'loss')
    await tracker.close()
    return { ...tracker.engine, losses: history.map((point) => point.value) }
  })
}
