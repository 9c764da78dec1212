import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { chromium, type Browser, type Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ActiveRun } from '../../src/index.js'
import { appReady, serveApp, type App, type TrackletModule } from '../helpers/browser-app.js'
import { launchBrowser } from '../helpers/browser.js'
import { BROWSER_FLAGS, findBrowser } from '../helpers/find-browser.js'

declare const tracklet: TrackletModule

let app: App
let browser: Browser

beforeAll(async () => {
  const routes = { '/away': { body: '<!doctype html><title>away</title>' } }
  ;[app, browser] = await Promise.all([serveApp({ routes }), launchBrowser()])
})

afterAll(async () => {
  await browser?.close()
  await app?.close()
})

describe('a tab', () => {
  it('finds everything that was acknowledged after a reload without a close', async () => {
    const page = await opened(browser)
    const runId = await page.evaluate(async () => {
      const tracker = await tracklet.openTracker('idb:reload')
      const run = await tracker.startRun({ name: 'kept', params: { lr: 0.1 } })
      for (let step = 0; step < 1000; step++) run.logMetric('loss', 1 / (step + 1), { step })
      await run.logText('hello', 'notes/a.txt')
      await tracker.flush()
      return run.id
    })
    await page.reload()
    await appReady(page)
    const found = await page.evaluate(async (id) => {
      const tracker = await tracklet.openTracker('idb:reload')
      const { info, data } = await tracker.getRun(id)
      const history = await tracker.client.getMetricHistory(id, 'loss')
      const artifacts = await tracker.client.listArtifacts(id, 'notes')
      await tracker.close()
      return { name: info.runName, params: data.params, points: history.length, artifacts }
    }, runId)
    expect(found).toMatchObject({ name: 'kept', params: { lr: '0.1' }, points: 1000 })
    expect(found.artifacts).toMatchObject([{ path: 'notes/a.txt', fileSize: 5 }])
  })

  it('is told that another tab holds the store, and opens it once that is gone', async () => {
    const context = await browser.newContext()
    const [first, second] = [await opened(context), await opened(context)]
    await first.evaluate(() => tracklet.openTracker('idb:tabs').then(() => undefined))
    const refusal = await second.evaluate(() =>
      tracklet
        .openTracker('idb:tabs', { lockTimeoutMs: 100 })
        .catch((error: { errorCode: string }) => error.errorCode),
    )
    expect(refusal).toBe('RESOURCE_CONFLICT')
    const waiting = second.evaluate(async () => {
      const tracker = await tracklet.openTracker('idb:tabs', { lockTimeoutMs: 60_000 })
      await tracker.close()
      return tracker.engine.place
    })
    await first.close()
    expect(await waiting).toBe('blob-worker')
    await context.close()
  })

  it('has one engine for a name, however often it is opened', async () => {
    const page = await opened(browser)
    const found = await page.evaluate(async () => {
      const [one, two] = await Promise.all([
        tracklet.openTracker('idb:shared'),
        tracklet.openTracker('idb:shared'),
      ])
      const run = await one.startRun({ name: 'by one' })
      const seen = await two.getRun(run.id)
      await one.close()
      const still = await two.getRun(run.id)
      await two.close()
      const three = await tracklet.openTracker('idb:shared')
      const again = await three.getRun(run.id)
      await three.close()
      return [seen, still, again].map(({ info }) => info.runName)
    })
    expect(found).toEqual(['by one', 'by one', 'by one'])
  })

  it('goes on after its worker was killed in mid-run, with all that was acknowledged', async () => {
    const page = await browser.newPage()
    await page.addInitScript(() => {
      const workers: Worker[] = []
      const { Worker: Native } = globalThis
      globalThis.Worker = class extends Native {
        constructor(url: string | URL, options?: WorkerOptions) {
          super(url, options)
          workers.push(this)
        }
      }
      Object.assign(globalThis, { workers })
    })
    await page.goto(app.origin)
    await appReady(page)
    const found = await page.evaluate(async () => {
      const tracker = await tracklet.openTracker('idb:worker-killed')
      const run = await tracker.startRun()
      for (let step = 0; step < 100; step++) run.logMetric('loss', step, { step })
      await tracker.flush()
      for (let step = 100; step < 200; step++) run.logMetric('loss', step, { step })
      const pending = tracker.flush().then(
        () => 'stored',
        (error: { errorCode: string }) => error.errorCode,
      )
      const { workers } = globalThis as unknown as { workers: Worker[] }
      workers.at(-1)?.terminate()
      const outcome = await pending
      const again = await tracklet.openTracker('idb:worker-killed')
      const history = await again.client.getMetricHistory(run.id, 'loss')
      await again.close()
      return { outcome, points: history.length }
    })
    expect(found.outcome).toBe('TEMPORARILY_UNAVAILABLE')
    expect([100, 200]).toContain(found.points)
  })
})

describe('a page that is left right after log calls that nobody awaited', () => {
  const ways: Record<string, (page: Page) => Promise<unknown>> = {
    'for another page': (page) => page.evaluate(logAndGo, '/away'),
    'for another site': (page) => page.evaluate(logAndGo, 'about:blank'),
    'by a reload': (page) => page.evaluate(logAndGo, '/'),
    'by closing the tab': async (page) => {
      await page.evaluate(logAndGo, '')
      await page.close({ runBeforeUnload: true })
    },
  }
  // A browser gives a page that goes some time to send what it has, and none on a machine that is busy enough: what is
  // promised is 50 ms, what is tried is to lose nothing.
  it.each(Object.keys(ways))('has them all when it is left %s', { retry: 3 }, async (way) => {
    const context = await browser.newContext()
    const page = await opened(context)
    const runId = await page.evaluate(async () => {
      const tracker = await tracklet.openTracker('idb:left')
      const run = await tracker.startRun()
      Object.assign(globalThis, { run })
      return run.id
    })
    const gone =
      way === 'by closing the tab' ? page.waitForEvent('close') : page.waitForEvent('load')
    // A page that goes away while it evaluates has nothing to answer.
    await ways[way]?.(page).catch(() => undefined)
    await gone
    const next = await opened(context)
    const found = await next.evaluate(async (id) => {
      const tracker = await tracklet.openTracker('idb:left', { lockTimeoutMs: 30_000 })
      const run = await tracker.openRun(id)
      const { values } = await run.history('loss')
      const { data } = await run.read()
      await tracker.close()
      return { values: [...values], params: data.params }
    }, runId)
    expect(found.values).toEqual(Array.from({ length: 100 }, (_, step) => step / 3))
    expect(found.params).toEqual({ last: 'param' })
    await context.close()
  })

  it('still tells what was refused before, once it is asked', async () => {
    const page = await opened(browser)
    const told = await page.evaluate(async () => {
      const tracker = await tracklet.openTracker('memory:')
      const run = await tracker.startRun()
      const refused = new Promise((resolve) => tracker.addEventListener('error', resolve))
      await tracker.client.deleteRun(run.id)
      run.logParam('late', 1)
      dispatchEvent(new PageTransitionEvent('pagehide'))
      await refused
      dispatchEvent(new PageTransitionEvent('pagehide'))
      const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
        promise.catch((error: { errorCode: string }) => error.errorCode)
      const codes = [await codeOf(run.flush()), await codeOf(run.flush())]
      await tracker.close()
      return codes
    })
    expect(told).toEqual(['INVALID_PARAMETER_VALUE', undefined])
  })
})

describe('a browser that is killed', () => {
  let profile: string
  let child: ChildProcess | null = null

  beforeAll(async () => {
    profile = await mkdtemp(join(tmpdir(), 'tracklet-profile-'))
  })

  afterEach(async () => {
    if (child) await kill(child)
    child = null
  })

  afterAll(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }))

  it('has lost nothing that was acknowledged, three times over', async () => {
    let before = 0
    for (let round = 0; round < 3; round++) {
      const running = await launch(profile)
      child = running.child
      const page = await opened(running.browser)
      let acknowledged = 0
      const goal = before + 200 + round * 77
      await new Promise<void>((resolve, reject) => {
        const acknowledge = (count: number): void => {
          acknowledged = count
          if (count >= goal) resolve()
        }
        page.on('pageerror', reject)
        page
          .exposeFunction('acknowledge', acknowledge)
          .then(() => page.evaluate(writeForEver))
          .catch(reject)
      })
      await kill(running.child)
      before = await countAfterRestart(acknowledged)
    }
  })

  async function countAfterRestart(acknowledged: number): Promise<number> {
    const running = await launch(profile)
    child = running.child
    const page = await opened(running.browser)
    const { steps, problems } = await page.evaluate(async () => {
      const tracker = await tracklet.openTracker('idb:killed', { lockTimeoutMs: 30_000 })
      const { runs } = await tracker.searchRuns().page()
      const history = await tracker.client.getMetricHistory(runs[0]?.info.runId ?? '', 'loss')
      const { recovery } = await tracker.storage()
      await tracker.close()
      return { steps: history.map((point) => Number(point.step)), problems: recovery.problems }
    })
    expect(problems).toEqual([])
    expect(steps.length).toBeGreaterThanOrEqual(acknowledged)
    expect(steps).toEqual(steps.map((_, index) => index))
    await running.browser.close()
    await kill(running.child)
    return steps.length
  }
})

/** Logs one point after the other, each awaited durable, and tells how many are acknowledged. */
async function writeForEver(): Promise<void> {
  const { acknowledge } = globalThis as unknown as { acknowledge: (count: number) => unknown }
  const tracker = await tracklet.openTracker('idb:killed', { lockTimeoutMs: 30_000 })
  const { runs } = await tracker.searchRuns().page()
  const [known] = runs
  const run = known ? await tracker.openRun(known.info.runId) : await tracker.startRun()
  const stored = await tracker.client.getMetricHistory(run.id, 'loss')
  void (async () => {
    for (let step = stored.length; ; step++) {
      run.logMetric('loss', step / 3, { step, timestamp: step })
      await tracker.flush()
      acknowledge(step + 1)
    }
  })()
}

/** Logs to the page's run and, where it is told a place, goes there, all in one turn. */
function logAndGo(place: string): void {
  const { run } = globalThis as unknown as { run: ActiveRun }
  for (let step = 0; step < 100; step++) run.logMetric('loss', step / 3, { step })
  run.logParam('last', 'param')
  if (place === '/') location.reload()
  else if (place !== '') location.href = place
}

async function opened(place: Pick<Browser, 'newPage'>): Promise<Page> {
  const page = await place.newPage()
  await page.goto(app.origin)
  await appReady(page)
  return page
}

/** A browser of our own; one that starts but does not answer, as happens on a busy machine, is started again. */
async function launch(profile: string): Promise<{ child: ChildProcess; browser: Browser }> {
  for (let left = 2; ; left--) {
    const child = await start(profile)
    try {
      return { child, browser: await connect(profile, child) }
    } catch (error) {
      await kill(child)
      if (left === 0) throw error
    }
  }
}

/** In a process group of its own, so that all of it can be killed at once. */
async function start(profile: string): Promise<ChildProcess> {
  await rm(join(profile, 'DevToolsActivePort'), { force: true })
  await rm(join(profile, 'SingletonLock'), { force: true })
  const flags = [...BROWSER_FLAGS, '--remote-debugging-port=0', `--user-data-dir=${profile}`]
  return spawn(findBrowser(), flags, { detached: true, stdio: 'ignore' })
}

async function connect(profile: string, child: ChildProcess): Promise<Browser> {
  const portFile = join(profile, 'DevToolsActivePort')
  for (;;) {
    const [port, path] = (await readFile(portFile, 'utf8').catch(() => '')).split('\n')
    if (port && path) {
      const browser = await chromium.connectOverCDP(`ws://127.0.0.1:${port}${path}`)
      const context = browser.contexts()[0]
      if (!context) throw new Error('the browser has no window')
      return Object.assign(browser, { newPage: () => context.newPage() })
    }
    if (child.exitCode !== null) throw new Error(`the browser ended with ${child.exitCode}`)
    await delay(20)
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return
  const over = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // All of the group is gone already.
  }
  await over
}
