/** What was sent is no OTLP: nothing of it is taken. */
export class MalformedOtlp extends Error {}

/** Some span cannot be one of MLflow's, though it was written rightly. */
export class UnfitSpan extends Error {}
