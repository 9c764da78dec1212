import type { Int64 } from './int64.js'

/** Tags or params in the order given; keys may repeat, as they may on MLflow's wire. */
export type KeyValue = readonly [key: string, value: string]

/** A metric point as a client gives it. */
export interface MetricInput {
  readonly key: string
  readonly value: number
  readonly timestamp: Int64
  readonly step: Int64
  /** The logged model that the value belongs to. */
  readonly modelId?: string
  /** The dataset that the value was measured on; both or none. */
  readonly datasetName?: string
  readonly datasetDigest?: string
}

/** What one `logBatch` writes, all or nothing. */
export interface LogBatch {
  readonly metrics?: readonly MetricInput[]
  readonly params?: readonly KeyValue[]
  readonly tags?: readonly KeyValue[]
}
