import type { JsonValue } from '../../../entities/json-value.js'
import { jsonAscii, pythonRepr } from '../../../entities/python-text.js'
import { MLFLOW_TRACES } from '../../../entities/mlflow-traces.js'
import type { Comparison } from '../../../search/grammar/ast.js'
import { compileFilter } from '../../../search/predicate.js'
import type { RegexBudget } from '../../../search/regex/regex.js'
import type { AssessmentRecord } from '../../commands-traces.js'
import type { CatalogState } from '../state.js'
import { assessmentRecords } from './assessment-reader.js'
import { readText } from './lookup.js'
import type { TraceRow } from './lookup.js'

const ORDERED = ['>', '>=', '<', '<=']

type RecordTest = (record: AssessmentRecord) => boolean

/**
 * Whether a trace has a valid assessment that meets a comparison. One that is about a session, as its metadata tells, counts
 * for all traces of that session among `scope`.
 */
export function assessmentTest(
  state: CatalogState,
  comparison: Comparison,
  scope: readonly TraceRow[],
  budget: RegexBudget,
): (trace: TraceRow) => boolean {
  const { entity, key, comparator } = comparison
  const meets = comparator.startsWith('IS ') ? () => true : valueTest(comparison, budget)
  const own = new Set<number>()
  const sessions = new Set<string>()
  for (const { id } of scope) {
    const met = assessmentRecords(state, id).filter(
      (record) => record.kind === entity && record.name === key && record.valid && meets(record),
    )
    if (met.length > 0) own.add(id)
    const session = met.some(isOfSession) ? sessionOf(state, id) : null
    if (session !== null) sessions.add(session)
  }
  const isCovered = (id: number): boolean => {
    if (own.has(id)) return true
    const session = sessions.size === 0 ? null : sessionOf(state, id)
    return session !== null && sessions.has(session)
  }
  return comparator === 'IS NULL' ? ({ id }) => !isCovered(id) : ({ id }) => isCovered(id)
}

function valueTest(comparison: Comparison, budget: RegexBudget): RecordTest {
  const { comparator, value } = comparison
  if (comparator === '=' || comparator === '!=') {
    const wanted = [String(value), jsonAscii(value)]
    return (record) => wanted.includes(valueText(record)) === (comparator === '=')
  }
  const meets = compileFilter(comparison, budget)
  if (!ORDERED.includes(comparator)) return (record) => meets(() => valueText(record))
  return (record) => {
    const number = JSON.parse(record.value) as JsonValue
    return typeof number === 'number' && meets(() => number)
  }
}

/** A value as Python's `json.dumps` writes it, which is what MLflow compares. */
function valueText({ value }: AssessmentRecord): string {
  return toPythonJson(JSON.parse(value) as JsonValue)
}

function toPythonJson(value: JsonValue): string {
  if (typeof value === 'number') return pythonRepr(value)
  if (value === null || typeof value !== 'object') return jsonAscii(value)
  if (isList(value)) return `[${value.map(toPythonJson).join(', ')}]`
  const members = Object.entries(value).map(
    ([key, member]) => `${jsonAscii(key)}: ${toPythonJson(member)}`,
  )
  return `{${members.join(', ')}}`
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isOfSession({ metadata }: AssessmentRecord): boolean {
  return Object.hasOwn(JSON.parse(metadata) as object, MLFLOW_TRACES.session)
}

function sessionOf(state: CatalogState, trace: number): string | null {
  return readText(state, 'trace_metadata', trace, MLFLOW_TRACES.session)
}
