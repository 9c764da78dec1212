import type { PagedList } from '../../../entities/paged-list.js'
import type { Assessment, Span, Trace, TraceInfo } from '../../../entities/trace.js'
import type { Plan } from '../../commands.js'
import type { CreateAssessment, DeleteTraces, StartTrace, TraceQuery } from '../../trace-store.js'
import type { CatalogState } from '../state.js'
import { getAssessment } from './assessment-reader.js'
import * as assessments from './assessments.js'
import type { AssessmentChange } from './assessments.js'
import { planLogSpans } from './log-spans.js'
import { searchTraces } from './search.js'
import { planStartTrace } from './start-trace.js'
import * as reader from './trace-reader.js'
import * as traces from './traces.js'

/** The part of the catalog that is about traces, their spans and assessments. As `Catalog`: plans change nothing. */
export class CatalogTraces {
  readonly #state: CatalogState

  constructor(state: CatalogState) {
    this.#state = state
  }

  planStart(trace: StartTrace): Plan<TraceInfo> {
    return planStartTrace(this.#state, trace)
  }

  planLogSpans(
    experimentId: string,
    spans: readonly Span[],
    options?: { runId?: string },
  ): Plan<void> {
    return planLogSpans(this.#state, experimentId, spans, options)
  }

  planDelete(experimentId: string, which: DeleteTraces): Plan<number> {
    return traces.planDeleteTraces(this.#state, experimentId, which)
  }

  planSetTag(traceId: string, key: string, value: string): Plan<void> {
    return traces.planSetTraceTag(this.#state, traceId, key, value)
  }

  planDeleteTag(traceId: string, key: string): Plan<void> {
    return traces.planDeleteTraceTag(this.#state, traceId, key)
  }

  planLink(runId: string, traceIds: readonly string[]): Plan<void> {
    return traces.planLinkTraces(runId, traceIds)
  }

  planCreateAssessment(traceId: string, assessment: CreateAssessment): Plan<Assessment> {
    return assessments.planCreateAssessment(this.#state, traceId, assessment)
  }

  planUpdateAssessment(
    traceId: string,
    assessmentId: string,
    change: AssessmentChange,
  ): Plan<Assessment> {
    return assessments.planUpdateAssessment(this.#state, traceId, assessmentId, change)
  }

  planDeleteAssessment(traceId: string, assessmentId: string): Plan<void> {
    return assessments.planDeleteAssessment(this.#state, traceId, assessmentId)
  }

  getInfo(traceId: string): TraceInfo {
    return reader.getTraceInfo(this.#state, traceId)
  }

  getInfos(traceIds: readonly string[]): TraceInfo[] {
    return reader.getTraceInfos(this.#state, traceIds)
  }

  getTraces(traceIds: readonly string[]): Trace[] {
    return reader.getTraces(this.#state, traceIds)
  }

  getAssessment(traceId: string, assessmentId: string): Assessment {
    return getAssessment(this.#state, traceId, assessmentId)
  }

  search(query: TraceQuery): PagedList<TraceInfo> {
    return searchTraces(this.#state, query)
  }
}
