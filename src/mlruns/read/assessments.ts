import type { JsonValue } from '../../entities/json-value.js'
import type { Assessment } from '../../entities/trace.js'
import { fieldText, toAssessmentError, toSourceType } from '../../import/assessment-fields.js'
import type { Fields } from '../../import/assessment-fields.js'
import type { FileTree } from '../../import/file-tree.js'
import type { Doubt } from '../../import/source.js'
import { BadMeta } from './meta.js'
import type { Meta } from './meta.js'
import { toMoment } from './moment.js'
import { doubting, readMetaFile } from './texts.js'

/** The assessments of the trace in a folder, the oldest first. */
export async function readAssessments(
  tree: FileTree,
  folder: string,
  traceId: string,
  doubt: Doubt,
): Promise<Assessment[]> {
  const assessments: Assessment[] = []
  for (const { name, isDir } of await tree.list(`${folder}/assessments`)) {
    if (isDir || !name.endsWith('.yaml')) continue
    const path = `${folder}/assessments/${name}`
    const assessment = await doubting(path, doubt, async () =>
      toAssessment(await readMetaFile(tree, path), traceId),
    )
    if (assessment !== null) assessments.push(assessment)
  }
  return assessments.sort(
    (a, b) => a.createTime - b.createTime || (a.assessmentId < b.assessmentId ? -1 : 1),
  )
}

function toAssessment(meta: Meta, traceId: string): Assessment {
  const source = fieldsOf(meta.json('source') ?? {})
  const [feedback, expectation] = [meta.json('feedback') ?? null, meta.json('expectation') ?? null]
  if ((feedback === null) === (expectation === null))
    throw new BadMeta('it is neither feedback nor an expectation')
  const createTime = toMoment(meta.required('create_time'))
  const updated = meta.text('last_update_time')
  return {
    assessmentId: meta.required('assessment_id'),
    name: meta.text('assessment_name') ?? '',
    traceId,
    spanId: meta.text('span_id'),
    source: {
      sourceType: toSourceType(fieldText(source['source_type'])),
      sourceId: fieldText(source['source_id']) ?? '',
    },
    createTime,
    lastUpdateTime: updated === null ? createTime : toMoment(updated),
    feedback: feedback === null ? null : toFeedback(fieldsOf(feedback)),
    expectation: expectation === null ? null : { value: toExpected(fieldsOf(expectation)) },
    rationale: meta.text('rationale'),
    metadata: meta.texts('metadata'),
    overrides: meta.text('overrides'),
    valid: meta.json('valid') !== false,
  }
}

function toFeedback({ value = null, error = null }: Fields): NonNullable<Assessment['feedback']> {
  return { value, error: error === null ? null : toAssessmentError(fieldsOf(error)) }
}

/** Lists and objects are kept as a text of JSON (mlflow/entities/assessment.py, ExpectationValue). */
function toExpected({ value, serialized_value: serialized }: Fields): JsonValue {
  if (serialized === undefined) return value ?? null
  try {
    return JSON.parse(fieldText(fieldsOf(serialized)['value']) ?? '') as JsonValue
  } catch {
    throw new BadMeta('its value is no JSON')
  }
}

function fieldsOf(value: JsonValue): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new BadMeta('it holds another thing where a mapping belongs')
}
