import type { Experiment } from '../../src/entities/experiment.js'
import type { ViewType } from '../../src/entities/lifecycle.js'
import type { Run } from '../../src/entities/run.js'
import type { Comparison, Filter, OrderTerm, SeriesFunction } from '../../src/search/grammar/ast.js'

// What MLflow finds, in the plainest way: one item after another, over the entities that the store gives.

/** A metric's values in a run, in order of step and time; empty where it has none. */
export type Histories = (runId: string, key: string) => readonly number[]

/** A parsed search. */
export interface OracleSearch {
  readonly filter: Filter
  readonly terms: readonly OrderTerm[]
  readonly view: ViewType
}

/** The runs that a search finds among `runs`, in its order. */
export function oracleRuns(
  runs: readonly Run[],
  { filter, terms, view }: OracleSearch,
  histories: Histories = () => [],
): Run[] {
  const found = runs.filter(
    (run) =>
      isShown(run.info.lifecycleStage, view) &&
      holds(filter, (comparison) => runMeets(run, comparison, histories)),
  )
  const byStart = terms.some(({ entity, key }) => entity === 'attribute' && key === 'start_time')
  return found.sort(
    (a, b) =>
      first(terms.map((term) => compareRuns(a, b, term))) ||
      (byStart ? 0 : b.info.startTime - a.info.startTime) ||
      compareTexts(a.info.runId, b.info.runId),
  )
}

/** The experiments that a search finds among `experiments`, in its order. */
export function oracleExperiments(
  experiments: readonly Experiment[],
  { filter, terms, view }: OracleSearch,
): Experiment[] {
  const found = experiments.filter(
    (experiment) =>
      isShown(experiment.lifecycleStage, view) &&
      holds(filter, (comparison) => experimentMeets(experiment, comparison)),
  )
  return found.sort((a, b) => {
    if (terms.length > 0)
      return first(terms.map((term) => compareExperiments(a, b, term))) || compareIds(b, a)
    return (b.creationTime ?? 0) - (a.creationTime ?? 0) || compareIds(a, b)
  })
}

function isShown(stage: 'active' | 'deleted', view: ViewType): boolean {
  return view === 'ALL' || (stage === 'active') === (view === 'ACTIVE_ONLY')
}

function holds(filter: Filter, meets: (comparison: Comparison) => boolean): boolean {
  switch (filter.kind) {
    case 'comparison':
      return meets(filter)
    case 'and':
      return filter.items.every((item) => holds(item, meets))
    case 'or':
      return filter.items.some((item) => holds(item, meets))
    case 'not':
      return !holds(filter.item, meets)
  }
}

function runMeets(run: Run, comparison: Comparison, histories: Histories): boolean {
  const { entity, key } = comparison
  if (entity === 'dataset')
    return run.inputs.datasetInputs.some(({ dataset, tags }) => {
      const field = key === 'context' ? own(tags, 'mlflow.data.context') : undefined
      return compare(key === 'context' ? field : dataset[key as 'name' | 'digest'], comparison)
    })
  if (entity === 'metric') {
    const latest = own(run.data.metrics, key)
    const { of } = comparison
    const value = of === undefined ? latest : reduce(of, histories(run.info.runId, key))
    return latest !== undefined && compare(clamp(value!), comparison)
  }
  return compare(runText(run, comparison, 'filter'), comparison)
}

function runText(
  run: Run,
  { entity, key }: { entity: string; key: string },
  use: 'filter' | 'order',
): string | number | undefined {
  const { info, data } = run
  if (entity === 'param') return own(data.params, key)
  if (entity === 'tag') return own(data.tags, key)
  switch (key) {
    case 'run_id':
      return info.runId
    case 'run_name':
      // MLflow filters by the tag and orders by the column.
      return use === 'filter' ? own(data.tags, 'mlflow.runName') : info.runName
    case 'status':
      return info.status
    case 'user_id':
      return info.userId
    case 'artifact_uri':
      return info.artifactUri
    case 'start_time':
      return info.startTime
    case 'end_time':
      return info.endTime ?? undefined
    default:
      throw new Error(`The oracle knows no attribute '${key}'.`)
  }
}

function experimentMeets(experiment: Experiment, comparison: Comparison): boolean {
  const { entity, key } = comparison
  const { name, experimentId, creationTime, lastUpdateTime, tags } = experiment
  if (entity === 'tag') return compare(own(tags, key), comparison)
  switch (key) {
    case 'name':
      return compare(name, comparison)
    case 'experiment_id':
      return compareId(experimentId, comparison)
    case 'creation_time':
      return compare(creationTime ?? undefined, comparison)
    case 'last_update_time':
      return compare(lastUpdateTime ?? undefined, comparison)
    default:
      throw new Error(`The oracle knows no attribute '${key}' of experiments.`)
  }
}

/** Ids are numbers, whatever the text that names one. */
function compareId(id: string, { comparator, value }: Comparison): boolean {
  const wanted = (Array.isArray(value) ? value : [value]).map((one) => BigInt(String(one)))
  const isAmong = wanted.includes(BigInt(id))
  return comparator === '=' || comparator === 'IN' ? isAmong : !isAmong
}

function compare(left: string | number | undefined, { comparator, value }: Comparison): boolean {
  if (comparator === 'IS NULL') return left === undefined
  if (left === undefined) return false
  const right = value as string | number
  switch (comparator) {
    case 'IS NOT NULL':
      return true
    case '=':
      return left === right
    case '!=':
      return left !== right
    case '>':
      return left > right
    case '>=':
      return left >= right
    case '<':
      return left < right
    case '<=':
      return left <= right
    case 'LIKE':
      return like([...(left as string)], [...(right as string)])
    case 'ILIKE':
      return like([...fold(left as string)], [...fold(right as string)])
    case 'IN':
      return (value as readonly unknown[]).some((one) => one === left)
    case 'NOT IN':
      return (value as readonly unknown[]).every((one) => one !== left)
    default:
      throw new Error(`The oracle knows no comparator '${comparator}'.`)
  }
}

/** Which beginnings of the text the pattern's beginnings match, one character of the pattern after another. */
function like(text: readonly string[], pattern: readonly string[]): boolean {
  let ends = new Set([0])
  for (const character of pattern) {
    const next = new Set<number>()
    for (const end of ends) {
      if (character === '%') for (let to = end; to <= text.length; to++) next.add(to)
      else if (end < text.length && (character === '_' || character === text[end]))
        next.add(end + 1)
    }
    ends = next
  }
  return ends.has(text.length)
}

function fold(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function reduce({ name, points }: SeriesFunction, all: readonly number[]): number {
  const values = points === null ? all : all.slice(-points)
  const numbers = values.filter((value) => !Number.isNaN(value))
  const sorted = [...numbers].sort((a, b) => a - b)
  switch (name) {
    case 'count':
      return values.length
    case 'first':
      return values[0]!
    case 'last':
      return values[values.length - 1]!
    case 'min':
      return sorted[0] ?? Number.NaN
    case 'max':
      return sorted[sorted.length - 1] ?? Number.NaN
    case 'mean':
      return numbers.reduce((sum, value) => sum + value, 0) / numbers.length
  }
}

/** MLflow's SQL store keeps infinities as the largest doubles. */
function clamp(value: number): number {
  if (value === Number.POSITIVE_INFINITY) return Number.MAX_VALUE
  return value === Number.NEGATIVE_INFINITY ? -Number.MAX_VALUE : value
}

/** Values first, then NaN, then what is missing, in both directions. */
function compareRuns(a: Run, b: Run, term: OrderTerm): number {
  const [left, right] = [a, b].map((run) =>
    term.entity === 'metric'
      ? mapDefined(own(run.data.metrics, term.key), clamp)
      : runText(run, term, 'order'),
  )
  const grade = (value: unknown): number => (value === undefined ? 2 : Number.isNaN(value) ? 1 : 0)
  if (grade(left) !== 0 || grade(right) !== 0) return grade(left) - grade(right)
  return (term.ascending ? 1 : -1) * compareValues(left!, right!)
}

function compareExperiments(a: Experiment, b: Experiment, { key, ascending }: OrderTerm): number {
  const sign = ascending ? 1 : -1
  switch (key) {
    case 'name':
      return sign * compareTexts(a.name, b.name)
    case 'experiment_id':
      return sign * compareIds(a, b)
    case 'creation_time':
      return sign * ((a.creationTime ?? 0) - (b.creationTime ?? 0))
    default:
      return sign * ((a.lastUpdateTime ?? 0) - (b.lastUpdateTime ?? 0))
  }
}

function compareIds(a: Experiment, b: Experiment): number {
  const [left, right] = [BigInt(a.experimentId), BigInt(b.experimentId)]
  return left < right ? -1 : left > right ? 1 : 0
}

function compareValues(a: string | number, b: string | number): number {
  if (typeof a === 'string') return compareTexts(a, b as string)
  return a < (b as number) ? -1 : a > (b as number) ? 1 : 0
}

/** By code point, as UTF-8 bytes would be compared. */
function compareTexts(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function first(signs: readonly number[]): number {
  return signs.find((sign) => sign !== 0) ?? 0
}

function mapDefined<T, U>(value: T | undefined, map: (value: T) => U): U | undefined {
  return value === undefined ? undefined : map(value)
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}
