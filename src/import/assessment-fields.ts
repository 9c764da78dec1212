import type { JsonValue } from '../entities/json-value.js'
import { ASSESSMENT_SOURCE_TYPES } from '../entities/trace.js'
import type { Assessment, AssessmentSourceType } from '../entities/trace.js'

/** A mapping as MLflow keeps it within an assessment. */
export type Fields = Readonly<Record<string, JsonValue>>

/** A field as text: JSON for what is none; null where it is absent. */
export function fieldText(value: JsonValue | undefined): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** Who judged, by name. `AI_JUDGE` is the older one, which MLflow reads as the newer. */
export function toSourceType(name: string | null): AssessmentSourceType {
  if (name === 'AI_JUDGE') return 'LLM_JUDGE'
  return ASSESSMENT_SOURCE_TYPES.find((known) => known === name) ?? 'SOURCE_TYPE_UNSPECIFIED'
}

/** Why there is no judgement. */
export function toAssessmentError(error: Fields): NonNullable<Assessment['feedback']>['error'] {
  return {
    errorCode: fieldText(error['error_code']) ?? '',
    errorMessage: fieldText(error['error_message']),
    stackTrace: fieldText(error['stack_trace']),
  }
}
