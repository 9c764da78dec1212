import type { Benchmark } from './harness/benchmark.js'

/**
 * All benchmarks by name, in the order in which they run. A process loads only the one that it is for: what others
 * import would be in its memory and its time to start.
 */
export const BENCHMARKS: Readonly<Record<string, () => Promise<Benchmark>>> = {
  'log-metrics': async () => (await import('./log-metrics.bench.js')).logMetrics,
  'log-awaited': async () => (await import('./log-awaited.bench.js')).logAwaited,
  'log-batch': async () => (await import('./log-batch.bench.js')).logBatch,
  'log-call': async () => (await import('./log-call.bench.js')).logCall,
  storage: async () => (await import('./storage.bench.js')).storage,
  history: async () => (await import('./history.bench.js')).history,
  'compare-runs': async () => (await import('./compare-runs.bench.js')).compareRuns,
  'compare-series': async () => (await import('./compare-series.bench.js')).compareSeries,
  downsample: async () => (await import('./downsample.bench.js')).downsample,
  'search-runs': async () => (await import('./search-runs.bench.js')).searchRuns,
  'similar-runs': async () => (await import('./similar-runs.bench.js')).similarRuns,
  'sql-runs': async () => (await import('./sql-runs.bench.js')).sqlRuns,
  'rest-server': async () => (await import('./rest-server.bench.js')).restServer,
  'open-store': async () => (await import('./open-store.bench.js')).openStoreBench,
  checkpoint: async () => (await import('./checkpoint.bench.js')).checkpoint,
  'many-series': async () => (await import('./many-series.bench.js')).manySeries,
  'import-tree': async () => (await import('./import-tree.bench.js')).importTree,
  'import-artifacts': async () => (await import('./import-artifacts.bench.js')).importArtifacts,
  'export-artifacts': async () => (await import('./export-artifacts.bench.js')).exportArtifacts,
  'export-zip': async () => (await import('./export-zip.bench.js')).exportZip,
  'bundle-size': async () => (await import('./bundle-size.bench.js')).bundleSize,
}
