import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import type { Dataset } from './dataset.js'

/** What a run records of a dataset that it used: never the rows, but enough to know them again. */
export interface DatasetDescription {
  readonly name: string
  /** Eight hex digits of a hash over features and labels. */
  readonly digest: string
  readonly sourceType: string
  /** JSON texts, in the forms that MLflow gives them. */
  readonly source: string
  readonly schema: string
  readonly profile: string
}

/** Wider tables than this are described as one tensor, not column by column. */
const MOST_COLUMNS = 50

/** Describes a dataset in MLflow's words: digest, source, schema and profile. */
export function describeDataset(dataset: Dataset): DatasetDescription {
  return {
    name: dataset.name,
    digest: digestOf(dataset),
    sourceType: 'http',
    source: JSON.stringify({ url: dataset.url }),
    schema: JSON.stringify(schemaOf(dataset)),
    profile: JSON.stringify(profileOf(dataset)),
  }
}

function digestOf({ features, labels }: Dataset): string {
  const bytes = new Uint8Array(features.buffer, features.byteOffset, features.byteLength)
  return bytesToHex(sha256.create().update(bytes).update(labels).digest()).slice(0, 8)
}

function schemaOf({ featureNames }: Dataset): object {
  if (featureNames.length > MOST_COLUMNS)
    return {
      mlflow_tensorspec: {
        features: tensorSpec('float32', [-1, featureNames.length]),
        targets: tensorSpec('uint8', [-1]),
      },
    }
  const columns = featureNames.map((name) => ({ type: 'float', name, required: true }))
  return { mlflow_colspec: [...columns, { type: 'integer', name: 'label', required: true }] }
}

function tensorSpec(dtype: string, shape: readonly number[]): string {
  return JSON.stringify([{ type: 'tensor', 'tensor-spec': { dtype, shape } }])
}

function profileOf({ features, labels, classNames }: Dataset): object {
  const perClass = classNames.map((name, index): [string, number] => [
    name,
    labels.reduce((count, label) => count + (label === index ? 1 : 0), 0),
  ])
  return {
    num_rows: labels.length,
    num_elements: features.length + labels.length,
    rows_per_class: Object.fromEntries(perClass),
  }
}
