/** What one measurement found, by the name of the measure. A measure that is not here was not taken. */
export type Sample = Readonly<Record<string, number>>

/** A quantity that a benchmark takes of its contestants. */
export interface Measure {
  readonly name: string
  readonly unit: string
  readonly better: 'more' | 'less'
}

/** Where a measurement happens. */
export interface Place {
  /** A folder of its own: empty, or what the contestant's `prepare` left there. */
  readonly folder: string
  /** Whether sizes are as large as they can be rather than as small as they tell something. */
  readonly full: boolean
}

/** One way to do the work. Each call runs in a fresh process. */
export interface Contestant {
  readonly name: string
  /** Whether it is this library: then the others are given as ratios to it. */
  readonly ours?: boolean
  /** How often it is measured; as the benchmark says by default. */
  readonly rounds?: number
  /** Fills the folder once, before the first round; null where the contestant is absent. */
  readonly prepare?: (place: Place) => Promise<null | void>
  /** Sets up, measures, verifies; null where the contestant is absent. */
  readonly measure: (place: Place) => Promise<Sample | null>
}

/** What a measure has to reach: so many times better than another contestant, or a bound in the measure's unit. */
export interface Target {
  readonly measure: string
  readonly of: string
  readonly against?: string
  readonly times?: number
  readonly atMost?: number
  /** Whether `--check` fails when it is missed. */
  readonly budget?: boolean
}

/** One workload and all who do it. */
export interface Benchmark {
  readonly name: string
  readonly title: string
  /** What a reader of the table has to know: sizes, what is inside the measured region. */
  readonly note: string
  /** 3 by default. */
  readonly rounds?: number
  readonly measures: readonly Measure[]
  readonly contestants: readonly Contestant[]
  readonly targets: readonly Target[]
}
