import type { Benchmark, Measure, Target } from './benchmark.js'
import type { Outcome } from './runner.js'
import { median } from './statistics.js'

/** A target and what became of it; `reached` is null where it could not be judged. */
export interface Verdict {
  readonly benchmark: string
  readonly target: Target
  readonly unit: string
  readonly found: number | null
  readonly reached: boolean | null
}

/** The median of a contestant's samples of a measure; null where it was not taken. */
export function medianOf(
  outcomes: readonly Outcome[],
  name: string,
  measure: string,
): number | null {
  const outcome = outcomes.find(({ contestant }) => contestant.name === name)
  const values = valuesOf(outcome, measure)
  return values.length === 0 ? null : median(values)
}

/** All that was found of a measure, in order of the rounds. */
export function valuesOf(outcome: Outcome | undefined, measure: string): number[] {
  return (outcome?.samples ?? []).flatMap((sample) => sample[measure] ?? [])
}

/** How many times better `ours` is. */
export function timesBetter({ better }: Measure, ours: number, theirs: number): number {
  return better === 'more' ? ours / theirs : theirs / ours
}

/** Judges a benchmark's targets. */
export function judge(benchmark: Benchmark, outcomes: readonly Outcome[]): Verdict[] {
  return benchmark.targets.map((target) => {
    const measure = benchmark.measures.find(({ name }) => name === target.measure)
    if (!measure) throw new Error(`${benchmark.name} has no measure "${target.measure}"`)
    const unit = target.against === undefined ? measure.unit : 'x'
    const found = foundOf(target, measure, outcomes)
    const reached =
      found === null
        ? null
        : found >= (target.times ?? -Infinity) && found <= (target.atMost ?? Infinity)
    return { benchmark: benchmark.name, target, unit, found, reached }
  })
}

function foundOf(target: Target, measure: Measure, outcomes: readonly Outcome[]): number | null {
  const ours = medianOf(outcomes, target.of, measure.name)
  if (ours === null || target.against === undefined) return ours
  const theirs = medianOf(outcomes, target.against, measure.name)
  return theirs === null ? null : timesBetter(measure, ours, theirs)
}
