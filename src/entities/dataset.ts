/** A dataset that a run used. `schema` and `profile` are JSON texts, as MLflow keeps them. */
export interface Dataset {
  readonly name: string
  readonly digest: string
  readonly sourceType: string
  readonly source: string
  readonly schema: string | null
  readonly profile: string | null
}

/** A dataset's link to a run. The tag `mlflow.data.context` says what for ("train"). */
export interface DatasetInput {
  readonly dataset: Dataset
  readonly tags: Readonly<Record<string, string>>
}
