import Table from 'cli-table3'
import type { Benchmark, Measure } from './benchmark.js'
import type { Outcome } from './runner.js'
import { medianOf, timesBetter, valuesOf, type Verdict } from './verdict.js'

const PLAIN = { head: [], border: [], compact: true }

/** A benchmark's results: for each measure the medians, the spread, and how many times better ours are. */
export function resultTable(benchmark: Benchmark, outcomes: readonly Outcome[]): string {
  const ours = outcomes
    .filter(({ contestant }) => contestant.ours)
    .map(({ contestant }) => contestant.name)
  const table = new Table({
    head: ['', 'median', 'least to most', ...ours.map((name) => `${name} is`)],
    style: PLAIN,
    colAligns: ['left', 'right', 'right', ...ours.map(() => 'right' as const)],
  })
  for (const measure of benchmark.measures) {
    // Sizes that only the large run has.
    if (!outcomes.some((outcome) => valuesOf(outcome, measure.name).length > 0)) continue
    table.push([{ colSpan: 3 + ours.length, content: `${measure.name}, ${measure.unit}` }])
    for (const outcome of outcomes) {
      const row = rowOf(measure, outcome, outcomes, ours)
      if (row) table.push(row)
    }
  }
  return `\n${benchmark.title} [${benchmark.name}]\n${benchmark.note}\n${table.toString()}`
}

function rowOf(
  measure: Measure,
  outcome: Outcome,
  outcomes: readonly Outcome[],
  ours: readonly string[],
): string[] | null {
  const { name } = outcome.contestant
  const values = valuesOf(outcome, measure.name)
  const blank = ours.map(() => '')
  if (outcome.failure !== null) return [`  ${name}`, 'failed', '', ...blank]
  if (outcome.samples.length === 0) return [`  ${name}`, 'absent', '', ...blank]
  const middle = medianOf(outcomes, name, measure.name)
  if (middle === null) return null
  const spread = `${format(Math.min(...values))} to ${format(Math.max(...values))}`
  const ratios = ours.map((our) => {
    const mine = medianOf(outcomes, our, measure.name)
    return our === name || mine === null ? '' : times(timesBetter(measure, mine, middle))
  })
  return [`  ${name}`, format(middle), spread, ...ratios]
}

/** Every target with what was found and whether that is enough. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  const table = new Table({
    head: ['', 'measure', 'of', 'against', 'target', 'found', ''],
    style: PLAIN,
    colAligns: ['left', 'left', 'left', 'left', 'right', 'right', 'left'],
  })
  for (const { benchmark, target, unit, found, reached } of verdicts) {
    const bound =
      target.times === undefined
        ? `<= ${format(target.atMost ?? NaN)} ${unit}`
        : `>= ${format(target.times)} x`
    table.push([
      benchmark,
      target.measure,
      target.of,
      target.against ?? '',
      bound,
      found === null ? '' : `${format(found)} ${unit}`,
      reached === null ? 'not judged' : reached ? 'met' : 'MISSED',
    ])
  }
  return `\nTargets\n${table.toString()}`
}

function times(ratio: number): string {
  // Nothing is so many times better than none.
  return Number.isFinite(ratio) ? `${format(ratio)} x` : ''
}

/** Three digits that count, more only before the point. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}
