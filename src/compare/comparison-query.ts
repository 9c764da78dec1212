import { invalidValue, missing, wrongType } from '../entities/invalid.js'
import { validateRequired } from '../entities/validate.js'
import type {
  SeriesAxis,
  SeriesComparisonQuery,
  SeriesValue,
  Smoothing,
} from './series-comparison.js'

/** A comparison that can be made: every field checked, defaults filled in, each run once. */
export interface ComparisonPlan {
  readonly runIds: readonly string[]
  readonly values: readonly SeriesValue[]
  readonly axis: SeriesAxis
  /** -Infinity where the range is open. */
  readonly from: number
  /** Infinity where the range is open. */
  readonly to: number
  readonly smoothing: Smoothing | null
  readonly groupBy: { readonly kind: 'param' | 'tag'; readonly key: string } | null
  /** Infinity where everything is wanted. */
  readonly pixels: number
}

/** A query, checked. INVALID_PARAMETER_VALUE says which field is wrong and what it takes. */
export function planComparison(query: SeriesComparisonQuery): ComparisonPlan {
  if (!isObject(query)) throw wrongType('query', query)
  return {
    runIds: [...new Set(list(query.runIds, 'runIds').map((id) => validateRequired(id, 'runIds')))],
    values: list(query.values, 'values').map(checkValue),
    axis: query.axis === undefined ? 'step' : checkAxis(query.axis),
    from: checkBound(query.from, 'from', -Infinity),
    to: checkBound(query.to, 'to', Infinity),
    smoothing: query.smoothing === undefined ? null : checkSmoothing(query.smoothing),
    groupBy: query.groupBy === undefined ? null : checkGroupBy(query.groupBy),
    pixels: query.pixels === undefined ? Infinity : checkPixels(query.pixels),
  }
}

function list<T>(value: readonly T[] | undefined, parameter: string): readonly T[] {
  if (value === undefined || value === null) throw missing(parameter)
  if (!Array.isArray(value)) throw wrongType(parameter, value)
  if (value.length === 0)
    throw invalidValue(parameter, value, 'an empty list compares nothing: name at least one.')
  return value
}

function checkValue(value: SeriesValue): SeriesValue {
  if (typeof value === 'string') return validateRequired(value, 'values')
  if (!isObject(value))
    throw invalidValue('values', value, "give a metric's key, or { numerator, denominator }.")
  return {
    numerator: validateRequired(value.numerator, 'values.numerator'),
    denominator: validateRequired(value.denominator, 'values.denominator'),
  }
}

function checkAxis(axis: SeriesAxis): SeriesAxis {
  if (axis === 'step' || axis === 'time' || axis === 'relative') return axis
  if (!isObject(axis) || !('metric' in axis))
    throw invalidValue('axis', axis, "give 'step', 'time', 'relative' or { metric: key }.")
  return { metric: validateRequired(axis.metric, 'axis.metric') }
}

function checkBound(bound: number | undefined, parameter: string, open: number): number {
  if (bound === undefined) return open
  if (typeof bound !== 'number') throw wrongType(parameter, bound)
  if (Number.isNaN(bound))
    throw invalidValue(parameter, bound, 'give a place on the axis, or leave it out.')
  return bound
}

function checkSmoothing(smoothing: Smoothing): Smoothing {
  if (!isObject(smoothing)) throw wrongType('smoothing', smoothing)
  if (smoothing.kind === 'ema') {
    const { weight } = smoothing
    if (typeof weight !== 'number') throw wrongType('smoothing.weight', weight)
    if (!(weight >= 0 && weight < 1))
      throw invalidValue('smoothing.weight', weight, 'give a number from 0 to below 1.')
    return { kind: 'ema', weight }
  }
  if (smoothing.kind !== 'window')
    throw invalidValue('smoothing', smoothing, "kind must be 'ema' or 'window'.")
  const { size } = smoothing
  if (typeof size !== 'number') throw wrongType('smoothing.size', size)
  if (!Number.isInteger(size) || size < 1)
    throw invalidValue('smoothing.size', size, 'give an integer of at least 1.')
  return { kind: 'window', size }
}

function checkGroupBy(
  groupBy: NonNullable<SeriesComparisonQuery['groupBy']>,
): ComparisonPlan['groupBy'] {
  if (!isObject(groupBy)) throw wrongType('groupBy', groupBy)
  const [param, tag] = ['param' in groupBy, 'tag' in groupBy]
  if (param === tag)
    throw invalidValue('groupBy', groupBy, 'give either { param: key } or { tag: key }.')
  if ('param' in groupBy)
    return { kind: 'param', key: validateRequired(groupBy.param, 'groupBy.param') }
  return { kind: 'tag', key: validateRequired(groupBy.tag, 'groupBy.tag') }
}

function checkPixels(pixels: number): number {
  if (typeof pixels !== 'number') throw wrongType('pixels', pixels)
  if (!Number.isInteger(pixels) || pixels < 2)
    throw invalidValue('pixels', pixels, 'give an integer of at least 2, or leave it out.')
  return pixels
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
