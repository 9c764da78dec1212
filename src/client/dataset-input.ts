import type { Dataset, DatasetInput } from '../entities/dataset.js'
import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import { missing } from '../entities/invalid.js'
import { recordToPairs, valueToText, type ParamValue } from './values.js'

/** A dataset as a caller gives it: `source`, `schema` and `profile` as JSON texts or as the objects themselves. */
export interface DatasetGiven {
  readonly name: string
  /** Names the content: MLflow's are 8 hex digits. */
  readonly digest: string
  /** `local`, `http`, `s3`, `code`, ... */
  readonly sourceType: string
  readonly source: string | object
  readonly schema?: string | object | null
  readonly profile?: string | object | null
}

/** How a dataset is linked to a run. */
export interface InputOptions {
  /** What it was used for, such as `train`: the tag `mlflow.data.context`. */
  readonly context?: string
  readonly tags?: Readonly<Record<string, ParamValue>>
}

/** The link of a dataset to a run. INVALID_PARAMETER_VALUE when name, digest or source are missing. */
export function datasetToInput(given: DatasetGiven, options: InputOptions = {}): DatasetInput {
  const { context, tags } = options
  const linkTags = Object.fromEntries(recordToPairs(tags ?? {}, 'Tags'))
  if (context !== undefined) linkTags[MLFLOW_TAGS.datasetContext] = valueToText(context, 'context')
  return { dataset: toDataset(given), tags: linkTags }
}

function toDataset(given: DatasetGiven): Dataset {
  const needed: readonly (keyof DatasetGiven)[] = ['name', 'digest', 'sourceType', 'source']
  for (const name of needed)
    if (!isPresent((given as Partial<DatasetGiven> | null)?.[name]))
      throw missing(`dataset.${name}`)
  return {
    name: valueToText(given.name, 'name'),
    digest: valueToText(given.digest, 'digest'),
    sourceType: valueToText(given.sourceType, 'sourceType'),
    source: valueToText(given.source, 'source'),
    schema: isPresent(given.schema) ? valueToText(given.schema, 'schema') : null,
    profile: isPresent(given.profile) ? valueToText(given.profile, 'profile') : null,
  }
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}
