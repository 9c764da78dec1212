/** The greatest lengths, in code points, and counts that MLflow allows. */
export const LIMITS = {
  /** Keys of metrics, params and tags, also of experiments' tags. */
  key: 250,
  paramValue: 6000,
  tagValue: 8000,
  experimentName: 500,
  experimentTagValue: 20_000,
  artifactLocation: 2048,
  /** Tags of registered models and of versions. */
  registryTagValue: 100_000,
  alias: 255,
  datasetName: 500,
  datasetDigest: 36,
  datasetSource: 65_535,
  datasetSchema: 1_048_575,
  datasetProfile: 16_777_215,
  inputTagKey: 255,
  inputTagValue: 500,
  /** Items of one batch. */
  batchMetrics: 1000,
  batchParams: 100,
  batchTags: 100,
  batchTotal: 1000,
} as const
