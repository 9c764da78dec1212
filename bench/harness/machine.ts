import { availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os'

/** What the figures were taken on, in one line. */
export function describeMachine(versions: readonly string[]): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`
  const load = `load ${(loadavg()[0] ?? 0).toFixed(1)}`
  const system = `${platform()} ${release()}`
  return [
    `${model}, ${availableParallelism()} cores, ${memory}, ${system}, ${load}`,
    [`Node ${process.versions.node}`, ...versions].join(', '),
  ].join('\n')
}
