import type { TrainSettings } from '../shared/settings.js'
import type { DescribedSplit } from '../shared/tracking.js'
import type { Metrics, TrainResult } from '../shared/train.js'

/** What can be trained on; also the name of the experiment. */
export type TaskName = 'penguins' | 'digits'

/** What the page asks of the training worker. */
export interface TrainRequest {
  readonly task: TaskName
  readonly settings: TrainSettings
  /** Where the data files are, with a slash at the end. */
  readonly dataUrl: string
}

/** What the worker reports, in the order of the lines; `done` or `failed` comes last. */
export type TrainReport =
  | { readonly kind: 'data'; readonly description: DescribedSplit; readonly batches: number }
  | { readonly kind: 'batch'; readonly step: number; readonly metrics: Metrics }
  | { readonly kind: 'epoch'; readonly step: number; readonly metrics: Metrics }
  | { readonly kind: 'done'; readonly result: TrainResult }
  | { readonly kind: 'failed'; readonly message: string }
