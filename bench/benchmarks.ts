import { bundleSize } from './bundle-size.bench.js'
import { checkpoint } from './checkpoint.bench.js'
import { compareRuns } from './compare-runs.bench.js'
import { downsample } from './downsample.bench.js'
import { exportZip } from './export-zip.bench.js'
import type { Benchmark } from './harness/benchmark.js'
import { history } from './history.bench.js'
import { logAwaited } from './log-awaited.bench.js'
import { logBatch } from './log-batch.bench.js'
import { logCall } from './log-call.bench.js'
import { logMetrics } from './log-metrics.bench.js'
import { manySeries } from './many-series.bench.js'
import { openStoreBench } from './open-store.bench.js'
import { storage } from './storage.bench.js'

/** All benchmarks, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  logMetrics,
  logAwaited,
  logBatch,
  logCall,
  storage,
  history,
  compareRuns,
  downsample,
  openStoreBench,
  checkpoint,
  manySeries,
  exportZip,
  bundleSize,
]
