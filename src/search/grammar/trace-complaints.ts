import { NULL_COMPARATORS, TEXT_COMPARATORS } from './attributes-common.js'
import { pythonSet } from './refusals.js'

const SPAN_COMPARATORS = ['!=', '=', 'IN', 'NOT IN', 'LIKE', 'ILIKE', 'RLIKE']
const CONTENT_COMPARATORS = ['LIKE', 'ILIKE']
const ASSESSMENT_COMPARATORS = [
  ...TEXT_COMPARATORS,
  'RLIKE',
  '>',
  '>=',
  '<',
  '<=',
  ...NULL_COMPARATORS,
]
const PREFIX = 'attributes.'
const COUNTS = ['mlflow.trace.tokenUsage', 'mlflow.trace.cost']
const COUNTS_COMPARATORS = ['=', '!=', ...NULL_COMPARATORS]

/** MLflow's complaint about a comparison of `span.<key>`; null for none. */
export function spanComplaint(key: string, comparator: string): string | null {
  if (key === PREFIX) return "Span attribute name cannot be empty after 'attributes.'"
  const isKnown = key.startsWith(PREFIX) || ['name', 'type', 'status'].includes(key)
  if (!isKnown && key !== 'content')
    return `Invalid span attribute '${key}'. Supported attributes: name, status, type, attributes.<attribute_name>.`
  const valid = isKnown ? SPAN_COMPARATORS : CONTENT_COMPARATORS
  return valid.includes(comparator)
    ? null
    : `span.${key} comparator '${comparator}' not one of '${pythonSet(valid)}'`
}

/** MLflow's complaint about a comparison of `feedback.<key>` or `expectation.<key>`; null for none. */
export function assessmentComplaint(key: string, comparator: string): string | null {
  if (key === '') return 'Assessment field name cannot be empty'
  return ASSESSMENT_COMPARATORS.includes(comparator)
    ? null
    : `assessment.${key} comparator '${comparator}' not one of '${pythonSet(ASSESSMENT_COMPARATORS)}'`
}

/** MLflow's complaint about a comparison of `issue.<key>`; null for none. */
export function issueComplaint(key: string, comparator: string): string | null {
  if (key !== 'id') return `Invalid issue attribute '${key}'. Supported attributes: id`
  return comparator === '='
    ? null
    : `issue.${key} comparator '${comparator}' not one of '${pythonSet(['='])}'`
}

/** MLflow's complaint about a comparison of metadata that it keeps as numbers; null for none. */
export function countsComplaint(key: string, comparator: string): string | null {
  if (!COUNTS.includes(key) || COUNTS_COMPARATORS.includes(comparator)) return null
  return (
    `Comparator '${comparator}' is not supported for reserved metadata '${key}'. ` +
    "Only '=', '!=', 'IS NULL', and 'IS NOT NULL' are supported."
  )
}
