/** Tag names that MLflow gives a meaning (mlflow/utils/mlflow_tags.py). */
export const MLFLOW_TAGS = {
  runName: 'mlflow.runName',
  user: 'mlflow.user',
  note: 'mlflow.note.content',
  parentRunId: 'mlflow.parentRunId',
  sourceName: 'mlflow.source.name',
  sourceType: 'mlflow.source.type',
  gitCommit: 'mlflow.source.git.commit',
  gitBranch: 'mlflow.source.git.branch',
  gitRepoUrl: 'mlflow.source.git.repoURL',
  loggedArtifacts: 'mlflow.loggedArtifacts',
  loggedImages: 'mlflow.loggedImages',
  datasetContext: 'mlflow.data.context',
  /** Of a logged model: the versions that stand for it, as JSON. */
  modelVersions: 'mlflow.modelVersions',
  /** `true` where a registered model, or a version of one, is a prompt. */
  isPrompt: 'mlflow.prompt.is_prompt',
} as const
