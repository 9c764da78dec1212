import { randomNumbers } from './data.js'

/** A run of a large sweep: 20 metrics, 20 params with numbers, 5 tags; values in the order of the keys. */
export interface RunData {
  readonly name: string
  /** 32 hexadecimal digits, in no order, as MLflow makes them. */
  readonly uuid: string
  /** Epoch milliseconds; each run's is later than that of the one before. */
  readonly startTime: number
  readonly metrics: readonly number[]
  readonly params: readonly string[]
  readonly tags: readonly string[]
}

export const METRIC_KEYS: readonly string[] =
  'train_loss train_accuracy train_f1 val_loss val_accuracy val_f1 val_precision val_recall val_auc val_ece test_loss test_accuracy test_f1 test_auc grad_norm weight_norm samples_per_second gpu_utilisation gpu_memory perplexity'.split(
    ' ',
  )

const TAGS: readonly (readonly [key: string, distinct: number])[] = [
  ['model', 8],
  ['dataset', 12],
  ['team', 50],
  ['host', 2000],
  ['git_commit', Infinity],
]

export const TAG_KEYS: readonly string[] = TAGS.map(([key]) => key)

/** Params that have few values, with those. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  learning_rate: ['0.1', '0.03', '0.01', '0.003', '0.001'],
  batch_size: ['16', '32', '64', '128', '256'],
  num_layers: ['2', '3', '4', '6', '8', '12', '16', '24'],
  hidden_size: ['128', '256', '512', '768', '1024'],
  num_heads: ['4', '8', '12', '16'],
  dropout: ['0.0', '0.1', '0.2', '0.3', '0.4', '0.5'],
  weight_decay: ['0', '1e-05', '0.0001', '0.001', '0.01'],
  momentum: ['0.8', '0.9', '0.99'],
  epochs: ['10', '30', '90', '300'],
  warmup_steps: ['0', '100', '200', '500', '1000', '2000', '5000', '10000', '20000', '50000'],
  clip_norm: ['0.5', '1.0', '5.0', '10.0'],
  label_smoothing: ['0.0', '0.05', '0.1'],
  beta2: ['0.95', '0.99', '0.999'],
  image_size: ['128', '160', '192', '224'],
  patch_size: ['8', '14', '16'],
  ema_decay: ['0.9', '0.99', '0.999', '0.9999'],
  data_fraction: ['0.01', '0.02', '0.05', '0.1', '0.2', '0.25', '0.3', '0.4', '0.5', '0.75', '1.0'],
}

const FEW = Object.entries(CHOICES)
const MANY = 'train_samples'

export const PARAM_KEYS: readonly string[] = [
  ...FEW.map(([key]) => key),
  MANY,
  'search_score',
  'seed',
]

const START = 1_760_000_000_000

/** The run of a number: the same in every process. */
export function runData(number: number): RunData {
  const random = randomNumbers(number * 31 + 7)
  const whole = (below: number): number => Math.floor(random() * below)
  const hex = (): string =>
    whole(2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return {
    name: `sweep-${String(number).padStart(7, '0')}`,
    uuid: hex() + hex() + hex() + hex(),
    startTime: START + number * 1000,
    metrics: METRIC_KEYS.map(() => random() + random() / 2 ** 32),
    params: [
      ...FEW.map(([, values]) => values[whole(values.length)] ?? ''),
      String(1000 + whole(5000)),
      (whole(10_000) / 10_000).toFixed(4),
      String(number),
    ],
    tags: TAGS.map(([key, distinct]) =>
      distinct === Infinity ? hex() + hex() : `${key} ${whole(distinct)}`,
    ),
  }
}

/** Two predicates and an order, and what they find. */
export interface Search {
  readonly filter: string
  readonly orderBy: string
  /** The runs with `metric` below this. */
  readonly metric: string
  readonly below: number
  readonly param: string
  readonly comparator: '=' | '!=' | 'LIKE'
  readonly value: string
  readonly order: string
  readonly direction: 'ASC' | 'DESC'
  /** See `foundText`. */
  readonly expected: string
}

/** How many runs a search gives. */
export const PAGE = 100

/** What was found, in few words: how many runs, the first one and the last. */
export function foundText(names: readonly string[]): string {
  return `${names.length} ${names[0] ?? ''} ${names.at(-1) ?? ''}`
}

/** Different searches over the first `runs` runs, with what a plain loop over them finds. */
export function makeSearches(runs: number, count: number): Search[] {
  const data = Array.from({ length: runs }, (_, number) => runData(number))
  return Array.from({ length: count }, (_, i) => {
    const search = makeSearch(i)
    return { ...search, expected: foundText(plainSearch(data, search)) }
  })
}

function makeSearch(number: number): Omit<Search, 'expected'> {
  const random = randomNumbers(number + 1)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const metric = pick(METRIC_KEYS)
  const below = Math.round((0.2 + 0.7 * random()) * 1000) / 1000
  const [few, values] = pick(FEW)
  const comparator = number % 8 === 7 ? 'LIKE' : number % 8 === 3 ? '!=' : '='
  const [param, value] = comparator === 'LIKE' ? [MANY, '%7%'] : [few, pick(values)]
  const [order, direction] = [pick(METRIC_KEYS), pick(['ASC', 'DESC'] as const)]
  return {
    filter: `metrics.${metric} < ${below} and params.${param} ${comparator} '${value}'`,
    orderBy: `metrics.${order} ${direction}`,
    ...{ metric, below, param, comparator, value, order, direction },
  }
}

function plainSearch(data: readonly RunData[], search: Omit<Search, 'expected'>): string[] {
  const metric = METRIC_KEYS.indexOf(search.metric)
  const param = PARAM_KEYS.indexOf(search.param)
  const order = METRIC_KEYS.indexOf(search.order)
  const sign = search.direction === 'ASC' ? 1 : -1
  return data
    .filter((run) => run.metrics[metric]! < search.below && fits(run.params[param]!, search))
    .sort((a, b) => sign * (a.metrics[order]! - b.metrics[order]!))
    .slice(0, PAGE)
    .map(({ name }) => name)
}

function fits(text: string, { comparator, value }: Omit<Search, 'expected'>): boolean {
  if (comparator === 'LIKE') return text.includes(value.replaceAll('%', ''))
  return (text === value) === (comparator === '=')
}
