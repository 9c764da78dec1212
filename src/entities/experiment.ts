import type { LifecycleStage } from './lifecycle.js'

/** A named group of runs. Times are epoch milliseconds. */
export interface Experiment {
  /** A decimal integer as text; may exceed 2^53. "0" is Default. */
  readonly experimentId: string
  readonly name: string
  readonly artifactLocation: string
  readonly lifecycleStage: LifecycleStage
  readonly creationTime: number | null
  readonly lastUpdateTime: number | null
  readonly tags: Readonly<Record<string, string>>
}
