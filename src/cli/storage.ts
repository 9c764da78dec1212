import { TrackletError } from '../errors.js'
import type { StorageInfo } from '../store/store.js'
import { printResult } from './print.js'
import { styled } from './style.js'
import { toVisible } from './text-width.js'
import { withTracker, type Context, type Verb } from './verb.js'

const STEP = 1024
const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `tracklet storage`: what the store holds, what it costs, and whether it is sound. */
export const storageShow: Verb = {
  group: 'storage',
  name: 'show',
  isDefault: true,
  summary:
    'Show what the store holds, what it costs and whether it is sound; fails where it is damaged.',
  options: [],
  examples: ['tracklet storage --store ./runs', 'tracklet storage --json | jq .bytes'],
  run: (context) =>
    withTracker(context, async (tracker) => {
      const info = await tracker.storage()
      await printResult(context, infoToDictionary(info), infoToText(info))
      await warn(context, info)
      refuseUnsound(info)
    }),
}

/** `tracklet storage checkpoint`. */
export const storageCheckpoint: Verb = {
  group: 'storage',
  name: 'checkpoint',
  summary: 'Write a checkpoint now, after which the store opens fastest; done by itself when due.',
  options: [],
  examples: ['tracklet storage checkpoint --store ./runs'],
  run: (context) =>
    withTracker(context, async (tracker) => {
      await tracker.checkpoint()
      const { bytes, journalBytes } = await tracker.storage()
      const result = { bytes, journal_bytes: journalBytes }
      await printResult(context, result, `Wrote a checkpoint. The store has ${bytesToText(bytes)}.`)
    }),
}

/** A number of bytes in the unit that fits, such as `1.4 MiB`. */
export function bytesToText(bytes: number): string {
  let [size, unit] = [bytes, -1]
  while (size >= STEP && unit < UNITS.length - 1) {
    size /= STEP
    unit++
  }
  return unit < 0 ? `${bytes} B` : `${size.toFixed(1)} ${UNITS[unit]}`
}

function infoToDictionary(info: StorageInfo): unknown {
  const { recovery } = info
  return {
    uri: info.uri,
    bytes: info.bytes,
    quota: info.quota,
    image_bytes: info.imageBytes,
    journal_bytes: info.journalBytes,
    series_bytes: info.seriesBytes,
    artifact_bytes: info.artifactBytes,
    experiments: info.experiments,
    runs: info.runs,
    series: info.series,
    points: info.points,
    writable: info.writable,
    warnings: info.warnings,
    recovery: {
      state: recovery.state,
      records: recovery.records,
      cut_bytes: recovery.cutBytes,
      problems: recovery.problems,
    },
  }
}

function infoToText(info: StorageInfo): string {
  const { recovery, quota } = info
  const free = quota === null ? '' : ` of ${bytesToText(quota)}`
  const lines: readonly (readonly [string, string])[] = [
    ['Store', toVisible(info.uri)],
    ['In use', bytesToText(info.bytes) + free],
    ['  Database', bytesToText(info.imageBytes)],
    ['  Journal', bytesToText(info.journalBytes)],
    ['  Metrics', bytesToText(info.seriesBytes)],
    ['  Files', bytesToText(info.artifactBytes)],
    ['Experiments', countToText(info.experiments)],
    ['Runs', countToText(info.runs)],
    ['Metric series', countToText(info.series)],
    ['Metric points', countToText(info.points)],
    ['Writable', info.writable ? 'yes' : 'no'],
    ['Opened', opened(recovery)],
  ]
  const width = Math.max(...lines.map(([title]) => title.length))
  return lines.map(([title, text]) => `${title.padEnd(width)}  ${text}`).join('\n')
}

function opened({ state, records, cutBytes }: StorageInfo['recovery']): string {
  const replayed = records === 0 ? '' : `, ${countToText(records)} records replayed`
  return `${state}${replayed}${cutBytes === 0 ? '' : `, ${bytesToText(cutBytes)} cut`}`
}

async function warn(context: Context, { warnings, recovery }: StorageInfo): Promise<void> {
  if (context.json) return
  for (const text of new Set([...recovery.problems, ...warnings]))
    await context.err.write(`${styled(context.err, 'red', 'warning:')} ${toVisible(text)}\n`)
}

function refuseUnsound({ recovery, writable }: StorageInfo): void {
  if (recovery.state === 'damaged')
    throw new TrackletError(
      'DATA_LOSS',
      'The store is damaged: it can be read as far as it is whole, and not written. Restore it from a copy, or export ' +
        'what can be read.',
    )
  if (!writable)
    throw new TrackletError('INVALID_STATE', 'The store can be read only; the warnings say why.')
}

/** Digits in groups, the same on every machine. */
export function countToText(n: number): string {
  return String(n).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
