/** A difference that is meant and that shows in the answers of many calls: the field is made alike. */
export interface Levelled {
  /** How a row of `test/parity/differences.md` begins. */
  readonly row: string
  readonly apply: (value: unknown, key: string, path: string) => unknown
}

const SERVER_FEATURES = /^(multipart|presigned|trace_archival|features_)/

/** Fields that are known to differ, wherever they are met. */
export const LEVELLED: readonly Levelled[] = [
  {
    row: '`artifact_uri` of a run over REST',
    apply: (value, key) =>
      key === 'artifact_uri' || key === 'root_uri'
        ? String(value).replace(
            /^(s3:\/\/bucket\/path|mlflow-artifacts:\/\d+)\/(?=(?:models\/)?[^/]+\/artifacts)/,
            '<location>/',
          )
        : value,
  },
  {
    row: 'metrics/get-history-bulk: NaN',
    apply: (value) => (Number.isNaN(value) ? 'NaN' : value),
  },
  {
    row: 'runs/search: logged models that a run used',
    apply: (value, key, path) =>
      key === 'model_inputs' && path.endsWith('runs/search') ? undefined : value,
  },
  {
    row: 'search-datasets: a dataset with an empty context, and without one',
    apply: (value, key) =>
      key === 'dataset_summaries' && Array.isArray(value) ? distinct(value) : value,
  },
  {
    row: '`rationale` and `overrides` of expectations',
    apply: (value) => {
      if (typeof value !== 'object' || value === null || !('expectation' in value)) return value
      const { rationale: _, overrides: __, ...rest } = value as Record<string, unknown>
      return rest
    },
  },
  {
    row: 'server-info',
    apply: (value, key) => (SERVER_FEATURES.test(key) ? '<feature>' : value),
  },
]

function distinct(items: readonly unknown[]): unknown[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
}
