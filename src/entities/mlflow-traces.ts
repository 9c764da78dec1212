/** Tags and metadata of traces, and attributes of spans, that MLflow gives a meaning (mlflow/tracing/constant.py). */
export const MLFLOW_TRACES = {
  /** Tags of a trace. */
  name: 'mlflow.traceName',
  artifactLocation: 'mlflow.artifactLocation',
  spansLocation: 'mlflow.trace.spansLocation',
  linkedPrompts: 'mlflow.linkedPrompts',
  /** Metadata of a trace. */
  infoFinalized: 'mlflow.trace.infoFinalized',
  sourceRun: 'mlflow.sourceRun',
  session: 'mlflow.trace.session',
  user: 'mlflow.trace.user',
  tokenUsage: 'mlflow.trace.tokenUsage',
  cost: 'mlflow.trace.cost',
  /** Attributes of a span. */
  spanType: 'mlflow.spanType',
  spanInputs: 'mlflow.spanInputs',
  spanOutputs: 'mlflow.spanOutputs',
  chatUsage: 'mlflow.chat.tokenUsage',
  llmCost: 'mlflow.llm.cost',
  /** Before the key of a tag that a root span brings along. */
  traceTagPrefix: 'mlflow.traceTag.',
} as const
