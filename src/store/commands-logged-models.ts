import type { LoggedModelStatus } from '../entities/logged-model.js'
import type { KeyedValue } from './keyed-value.js'

/** What happens to logged models; `id` and `model` are a model's internal id, `modelId` is its text id. */
export type LoggedModelCommand =
  | {
      readonly t: 'createLoggedModel'
      readonly id: number
      readonly modelId: string
      readonly experiment: number
      readonly name: string
      readonly modelType: string | null
      readonly sourceRunId: string | null
      readonly time: number
      readonly params: readonly KeyedValue[]
      readonly tags: readonly KeyedValue[]
    }
  | {
      readonly t: 'finalizeLoggedModel'
      readonly id: number
      readonly status: LoggedModelStatus
      readonly time: number
    }
  | { readonly t: 'deleteLoggedModel'; readonly id: number; readonly time: number }
  | { readonly t: 'purgeLoggedModel'; readonly id: number }
  | {
      readonly t: 'setLoggedModelTags'
      readonly model: number
      readonly tags: readonly KeyedValue[]
    }
  | { readonly t: 'deleteLoggedModelTag'; readonly model: number; readonly key: number }
  | {
      readonly t: 'setLoggedModelParams'
      readonly model: number
      /** Params that the model does not have yet. */
      readonly params: readonly KeyedValue[]
    }
  | {
      readonly t: 'linkModel'
      readonly run: number
      readonly role: ModelRole
      /** It may name no model of this store. */
      readonly modelId: string
      /** 0 for an input. */
      readonly step: number
    }

/** What a logged model is to a run. */
export type ModelRole = 'input' | 'output'
