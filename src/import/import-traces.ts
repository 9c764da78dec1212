import { newId } from './conflicts.js'
import type { Assessment } from '../entities/trace.js'
import { validateSafeInteger, validateText } from '../entities/validate.js'
import type { ImportedExperiment, ImportedTrace } from '../store/import-store.js'
import { validateSpans } from '../entities/validate-spans.js'
import { validateJson, validateTexts } from '../entities/validate-json.js'
import { cleanTags, holds } from './clean.js'
import type { Importing } from './importing.js'
import type { Doubt, SourceExperiment, SourceTrace } from './source.js'

type Traces = Pick<ImportedExperiment, 'traces' | 'replacedTraces'>

/** Takes in the traces of one experiment, one after another, unless they are here and are to be left. */
export async function importTraces(
  source: SourceExperiment,
  importing: Importing,
): Promise<Traces> {
  const traces: ImportedTrace[] = []
  const replacedTraces: string[] = []
  const idOf = ({ trace }: SourceTrace): string => trace.info.traceId
  for await (const trace of importing.claimed('traces', source.traces(), idOf)) {
    importing.check()
    const { traceId } = trace.trace.info
    const path = `${source.path}/traces/${traceId}`
    if (!isTrace(trace.trace, path, importing.doubt)) continue
    const place = importing.claims.place('traces', traceId, path)
    if (place === null) continue
    if (place.replaces) replacedTraces.push(traceId)
    traces.push(await readTrace(trace, path, place.id, importing))
    importing.tally.count('traces', traceId, place.replaces ? 'replaced' : 'added')
    importing.progress()
  }
  return { traces, replacedTraces }
}

async function readTrace(
  source: SourceTrace,
  path: string,
  traceId: string,
  importing: Importing,
): Promise<ImportedTrace> {
  const { info, linkedRuns } = source.trace
  const { doubt } = importing
  const { spans, files } = await source.content()
  const isGood = holds(() => validateSpans(spans), `${path}/spans`, doubt)
  const assessments =
    traceId === info.traceId ? info.assessments : renameAssessments(info.assessments)
  return {
    info: {
      ...info,
      traceId,
      traceMetadata: cleanTags(info.traceMetadata, `${path}/request_metadata`, doubt),
      tags: cleanTags(info.tags, `${path}/tags`, doubt),
      assessments: await goodAssessments(assessments, path, traceId, importing),
    },
    spans: isGood ? spans : [],
    linkedRuns,
    files: await importing.files(files, `${path}/artifacts`),
  }
}

/** Those of a trace with a new id must not be those of the trace here. */
function renameAssessments(assessments: readonly Assessment[]): Assessment[] {
  const ids = new Map(assessments.map(({ assessmentId }) => [assessmentId, `a-${newId()}`]))
  return assessments.map((assessment) => ({
    ...assessment,
    assessmentId: ids.get(assessment.assessmentId)!,
    overrides: ids.get(assessment.overrides ?? '') ?? assessment.overrides,
  }))
}

async function goodAssessments(
  assessments: readonly Assessment[],
  path: string,
  traceId: string,
  { claims, doubt }: Importing,
): Promise<Assessment[]> {
  const good: Assessment[] = []
  for (const assessment of assessments) {
    const { assessmentId } = assessment
    const where = `${path}/assessments/${assessmentId}`
    if (!isAssessment(assessment, where, doubt)) continue
    if (await claims.takesAssessment(assessmentId, traceId)) good.push({ ...assessment, traceId })
    else doubt(where, 'Another trace has an assessment of this id: it was left out.')
  }
  return good
}

function isAssessment(assessment: Assessment, path: string, doubt: Doubt): boolean {
  const { feedback, expectation, source } = assessment
  return holds(
    () => {
      for (const text of [assessment.assessmentId, assessment.name, source.sourceId])
        validateText(text, 'assessment')
      for (const text of [assessment.spanId, assessment.rationale, assessment.overrides])
        validateText(text ?? '', 'assessment')
      validateJson(feedback?.value ?? expectation?.value ?? null, 'value')
      validateTexts(assessment.metadata, 'metadata')
      if (expectation !== null && expectation.value === null)
        validateText(expectation.value, 'expectation.value')
      for (const text of Object.values(feedback?.error ?? {})) validateText(text ?? '', 'error')
      for (const time of [assessment.createTime, assessment.lastUpdateTime])
        validateSafeInteger(time, 'create_time')
    },
    path,
    doubt,
  )
}

function isTrace({ info }: SourceTrace['trace'], path: string, doubt: Doubt): boolean {
  const { clientRequestId, requestPreview, responsePreview } = info
  return holds(
    () => {
      for (const text of [clientRequestId, requestPreview, responsePreview])
        validateText(text ?? '', 'trace_info')
      validateSafeInteger(info.requestTime, 'request_time')
      validateSafeInteger(info.executionDuration ?? 0, 'execution_duration')
    },
    path,
    doubt,
  )
}
