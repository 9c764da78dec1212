import { invalid } from '../../entities/invalid.js'
import type { TraceStore } from '../../store/trace-store.js'
import { route } from '../route.js'
import type { Route } from '../route.js'
import { required, text } from '../schema.js'
import type { Fields } from '../schema.js'
import {
  assessmentMessage,
  toCreateAssessment,
  toExpectation,
  toFeedback,
} from '../trace-fields.js'
import { assessmentToJson } from '../trace-to-json.js'

type Change = Parameters<TraceStore['updateAssessment']>[2]
type AssessmentFields = Fields<(typeof assessmentMessage)['fields']>

const versions = ['3.0'] as const
const path = 'traces/:trace_id/assessments'

/** Judgements of traces. */
export const assessmentRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path,
    versions,
    needs: { assessment: required(assessmentMessage) },
    async answer(store, { assessment }, { params: { trace_id: traceId = '' } }) {
      const made = await store.createAssessment(traceId, toCreateAssessment(assessment))
      return { assessment: assessmentToJson(made) }
    },
  }),
  route({
    methods: ['GET'],
    path: `${path}/:assessment_id`,
    versions,
    needs: {},
    async answer(store, _, { params: { trace_id: traceId = '', assessment_id: id = '' } }) {
      return { assessment: assessmentToJson(await store.getAssessment(traceId, id)) }
    },
  }),
  route({
    methods: ['PATCH'],
    path: `${path}/:assessment_id`,
    versions,
    needs: { assessment: required(assessmentMessage), update_mask: required(text) },
    async answer(store, fields, { params: { trace_id: traceId = '', assessment_id: id = '' } }) {
      const change = toChange(fields.assessment, fields.update_mask)
      return { assessment: assessmentToJson(await store.updateAssessment(traceId, id, change)) }
    },
  }),
  route({
    methods: ['DELETE'],
    path: `${path}/:assessment_id`,
    versions,
    needs: {},
    async answer(store, _, { params: { trace_id: traceId = '', assessment_id: id = '' } }) {
      await store.deleteAssessment(traceId, id)
      return {}
    },
  }),
]

/** What a field mask names of an assessment; fields that it does not know are ignored, as MLflow does. */
function toChange(fields: AssessmentFields, mask: string): Change {
  return Object.assign({}, ...mask.split(',').map((name) => toPart(fields, name.trim()))) as Change
}

function toPart(fields: AssessmentFields, name: string): Change {
  switch (name) {
    case 'assessment_name':
    case 'assessmentName':
      return { name: fields.assessment_name ?? '' }
    case 'feedback':
      return { feedback: toFeedback(fields) }
    case 'expectation':
      return { expectation: toExpectation(fields) }
    case 'rationale':
      return { rationale: fields.rationale ?? '' }
    case 'metadata':
      return { metadata: fields.metadata ?? {} }
    case 'valid':
      throw invalid('`valid` cannot be set: an assessment loses it to the one that overrides it.')
    default:
      return {}
  }
}
