import type { DatasetInput } from '../../src/entities/dataset.js'
import type { LogBatch, MetricInput } from '../../src/entities/log-batch.js'
import type { RunStatus } from '../../src/entities/run.js'
import { RUN_STATUSES } from '../../src/entities/run.js'
import type { TrackingStore } from '../../src/store/tracking-store.js'

/** A generator as `seededRandom` makes them. */
export type Random = () => number

/** Keys that a search can name only in one of the ways of quoting are among them. */
const KEYS = [
  ...['acc', 'loss', 'lr', 'val/loss', 'm space', 'f1-score', 'k:colon', 'a.b.c', '_x', '1abc'],
  ...['été', '日本', 'in', 'case', 'group', 'count', 'order', '__proto__', 'constructor', 'Acc'],
]

/** Texts that are hard to compare: by case, by script, by wildcard, by quote, by plane. */
export const TEXTS = [
  ...['', ' ', 'a', 'A', 'aa', 'ab', 'Ab', 'AB', 'b', '0.1', '0.10', '10', '1e-3', 'ResNet50'],
  ...['resnet50', 'RESNET_50', 'a%b', 'a_b', 'axb', 'a\\b', "it's", 'say "so"', '`tick`', 'мир'],
  ...[
    'МИР',
    'é',
    'É',
    'e\u0301',
    '日本',
    '😀',
    '😀a',
    '\uffee',
    'line\nbreak',
    'a ',
    'NULL',
    'ı',
    'K',
  ],
]

const NUMBERS = [
  ...[0, -0, 1, -1, 0.5, 0.9, 0.25, 1e-7, 3, 1e308, 5e-324, 2 ** 53, 0.1 + 0.2],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE],
]

const CONTEXTS = ['train', 'Train', 'eval', '']
const STEPS = [0, 0, 1, 2, 3, 7, -1, 2 ** 40, -(2 ** 40), 9_223_372_036_854_775_807n, -(2n ** 63n)]
const START = 1_700_000_000_000

/** All about a run before it is made. */
export interface RunSketch {
  readonly name: string
  /** Which of the experiments it is in. */
  readonly experiment: number
  /** Epoch milliseconds. */
  readonly startTime: number
  readonly userId: string
  readonly end: { readonly status: RunStatus; readonly endTime?: number } | null
  readonly batch: Required<LogBatch>
  readonly datasets: readonly DatasetInput[]
  readonly deleted: boolean
}

/** One of these. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)]!
}

/** Whether something that happens with this probability does. */
export function chance(random: Random, probability: number): boolean {
  return random() < probability
}

/** As many as chance will have it, fewer than `below`. */
export function several<T>(random: Random, below: number, make: () => T): T[] {
  return Array.from({ length: Math.floor(random() * below) }, make)
}

/** A key: mostly one that many runs have, sometimes one that few have. */
export function randomKey(random: Random): string {
  if (chance(random, 0.15)) return `rare_${Math.floor(random() * 40)}`
  return KEYS[Math.floor(random() ** 2 * KEYS.length)]!
}

/** A text of a param or tag. */
export function randomText(random: Random): string {
  return pick(random, TEXTS)
}

/** A start time: few different ones, so that many runs share one. */
export function randomStart(random: Random): number {
  return START + Math.floor(random() * 30) * 1_000
}

/** A run in one of `experiments` experiments. */
export function sketchRun(random: Random, experiments: number): RunSketch {
  const startTime = randomStart(random)
  return {
    name: chance(random, 0.3) ? randomText(random) : `run ${Math.floor(random() * 50)}`,
    experiment: Math.floor(random() * experiments),
    startTime,
    userId: pick(random, ['', 'ann', 'Ann', 'bob', 'мир']),
    end: chance(random, 0.6) ? sketchEnd(random, startTime) : null,
    batch: sketchBatch(random),
    datasets: several(random, 3, () => sketchDataset(random)),
    deleted: chance(random, 0.12),
  }
}

/** What one call may log. */
export function sketchBatch(random: Random): Required<LogBatch> {
  return {
    metrics: several(random, 9, () => sketchPoint(random)),
    params: distinct(several(random, 6, () => [randomKey(random), randomText(random)] as const)),
    tags: several(random, 5, () => [randomKey(random), randomText(random)] as const),
  }
}

/** A state to end in, with or without an end time. */
export function sketchEnd(random: Random, startTime: number): NonNullable<RunSketch['end']> {
  const status = pick(random, RUN_STATUSES)
  if (chance(random, 0.2)) return { status }
  return { status, endTime: startTime + Math.floor(random() * 4) * 500 }
}

/** A dataset's link, with or without a context. */
export function sketchDataset(random: Random): DatasetInput {
  const name = pick(random, ['cifar', 'Cifar', 'imdb', 'мир'])
  const digest = pick(random, ['aaa', 'bbb', 'AAA'])
  const tags = chance(random, 0.6) ? { 'mlflow.data.context': pick(random, CONTEXTS) } : {}
  const source = { sourceType: 'local', source: 's', schema: null, profile: null }
  return { dataset: { name, digest, ...source }, tags }
}

/** Makes a run as it was sketched; gives its id. */
export async function makeRun(
  store: TrackingStore,
  experimentIds: readonly string[],
  sketch: RunSketch,
): Promise<string> {
  const experimentId = experimentIds[sketch.experiment]!
  const { startTime, userId, name: runName } = sketch
  const { info } = await store.createRun({ experimentId, startTime, userId, runName })
  await store.logBatch(info.runId, sketch.batch)
  if (sketch.datasets.length > 0) await store.logInputs(info.runId, sketch.datasets)
  if (sketch.end !== null) await store.updateRun(info.runId, sketch.end)
  if (sketch.deleted) await store.deleteRun(info.runId)
  return info.runId
}

function sketchPoint(random: Random): MetricInput {
  const point = {
    key: randomKey(random),
    value: chance(random, 0.6) ? pick(random, NUMBERS) : Math.round(random() * 100) / 100,
    timestamp: START + Math.floor(random() * 5),
    step: chance(random, 0.7) ? Math.floor(random() * 4) : pick(random, STEPS),
  }
  return chance(random, 0.1) ? { ...point, datasetName: 'cifar', datasetDigest: 'aaa' } : point
}

/** The first pair of each key: a param is given once. */
function distinct<T extends readonly [string, string]>(pairs: readonly T[]): T[] {
  return pairs.filter(([key], i) => pairs.findIndex((other) => other[0] === key) === i)
}
