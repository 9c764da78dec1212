import type { Tracker } from 'tracklet'
import { formatBytes, formatCount } from './format.js'

/** What the store holds, what it costs and how safe it is, as one line. */
export async function storageLine(tracker: Tracker): Promise<string> {
  const info = await tracker.storage()
  const counts = `${formatCount(info.runs, 'run')}, ${formatCount(info.points, 'point')}`
  const parts = [`${formatBytes(info.bytes)} in ${info.uri}: ${counts}`, await safety(info.uri)]
  if ('engine' in tracker) parts.push(placeText(tracker.engine))
  if (!info.writable) parts.push('READ-ONLY')
  return [...parts, ...info.warnings].join(' · ')
}

/** Browsers' trackers tell where their engine runs: in a worker, or where none is allowed, in the page. */
function placeText(engine: unknown): string {
  const place = (engine as { place?: string } | null)?.place
  return place === 'page' ? 'engine in the page' : 'engine in a worker'
}

async function safety(uri: string): Promise<string> {
  if (uri.startsWith('memory:')) return 'gone when the page is closed'
  const persistent = await navigator.storage?.persisted?.().catch(() => false)
  return persistent ? 'kept until deleted' : 'kept as long as the browser has room'
}
