import type { Benchmark, Place, Sample } from './harness/benchmark.js'
import { inChromium, type TrackletModule } from './harness/chromium.js'
import { timed } from './harness/statistics.js'
import { openStore } from './harness/stores.js'

declare const tracklet: TrackletModule

const CHROMIUM = 'tracklet, Chromium'

/** What one log call takes from the thread that calls. */
export const logCall: Benchmark = {
  name: 'log-call',
  title: 'Cost of one log call on the main thread',
  note: 'In a tight loop: 300,000 calls, what they send on included. A few a turn: 20 calls in each of 500 turns, nothing but the calls measured. A frame has 16,700 µs.',
  measures: [
    { name: 'logMetric in a tight loop', unit: 'µs', better: 'less' },
    { name: 'logMetric, a few a turn', unit: 'µs', better: 'less' },
    { name: 'a metric of logMetrics, 10 at once', unit: 'µs', better: 'less' },
  ],
  contestants: [
    { name: CHROMIUM, ours: true, measure: (place) => inChromium(place, inPage, null) },
    { name: 'tracklet, Node', ours: true, measure: inNode },
  ],
  targets: [
    { measure: 'logMetric in a tight loop', of: CHROMIUM, atMost: 1 },
    { measure: 'logMetric, a few a turn', of: CHROMIUM, atMost: 1 },
    { measure: 'a metric of logMetrics, 10 at once', of: CHROMIUM, atMost: 1 },
  ],
}

async function inPage(): Promise<Sample> {
  const tracker = await tracklet.openTracker('idb:bench')
  const run = await tracker.startRun()
  const loop = (key: string, calls: number): number => {
    const start = performance.now()
    for (let step = 0; step < calls; step++) run.logMetric(key, 1 / (step + 1), { step })
    return ((performance.now() - start) / calls) * 1000
  }
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => resolve()
      port2.postMessage(null)
    })
  const group = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`metric_${i}`, i / 7]))
  loop('warm', 50_000)
  await tracker.flush()
  const tight = loop('loss', 300_000)
  await tracker.flush()
  let spread = 0
  for (let i = 0; i < 500; i++) {
    spread += loop('spread', 20)
    await turn()
  }
  const start = performance.now()
  for (let step = 0; step < 10_000; step++) run.logMetrics(group, { step })
  const grouped = ((performance.now() - start) / 100_000) * 1000
  await tracker.flush()
  const { length } = await run.history('spread')
  if (length !== 10_000) throw new Error(`found ${length} points of 10,000`)
  await tracker.close()
  return {
    'logMetric in a tight loop': tight,
    'logMetric, a few a turn': spread / 500,
    'a metric of logMetrics, 10 at once': grouped,
  }
}

async function inNode({ folder }: Place): Promise<Sample> {
  const tracker = await openStore(folder)
  const run = await tracker.startRun()
  const loop = (key: string, calls: number): Promise<number> =>
    timed(() => {
      for (let step = 0; step < calls; step++) run.logMetric(key, 1 / (step + 1), { step })
    }).then((ms) => (ms / calls) * 1000)
  const group = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`metric_${i}`, i / 7]))
  await loop('warm', 50_000)
  await tracker.flush()
  const tight = await loop('loss', 300_000)
  await tracker.flush()
  let spread = 0
  for (let i = 0; i < 500; i++) {
    spread += await loop('spread', 20)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const grouped = await timed(() => {
    for (let step = 0; step < 10_000; step++) run.logMetrics(group, { step })
  })
  await tracker.close()
  return {
    'logMetric in a tight loop': tight,
    'logMetric, a few a turn': spread / 500,
    'a metric of logMetrics, 10 at once': (grouped / 100_000) * 1000,
  }
}
