import type { PagedList } from '../entities/paged-list.js'
import type { Assessment, Span, Trace, TraceInfo } from '../entities/trace.js'
import type { AssessmentChange } from './catalog/traces/assessments.js'
import type { CatalogTraces } from './catalog/traces/catalog-traces.js'
import type { Core } from './core.js'
import { EngineLoggedModels } from './engine-logged-models.js'
import type {
  CreateAssessment,
  DeleteTraces,
  StartTrace,
  TraceQuery,
  TraceStore,
} from './trace-store.js'

/** The port of traces over the in-process state: what `EngineStore` is beside the other ports. */
export class EngineTraces extends EngineLoggedModels implements TraceStore {
  readonly #core: Core

  constructor(core: Core) {
    super(core)
    this.#core = core
  }

  get #traces(): CatalogTraces {
    return this.#core.parts.catalog.traces
  }

  startTrace(trace: StartTrace): Promise<TraceInfo> {
    return this.#core.write(() => this.#traces.planStart(trace))
  }

  getTraceInfo(traceId: string): Promise<TraceInfo> {
    return this.#core.read(() => this.#traces.getInfo(traceId))
  }

  getTraceInfos(traceIds: readonly string[]): Promise<readonly TraceInfo[]> {
    return this.#core.read(() => this.#traces.getInfos(traceIds))
  }

  getTraces(traceIds: readonly string[]): Promise<readonly Trace[]> {
    return this.#core.read(() => this.#traces.getTraces(traceIds))
  }

  logSpans(
    experimentId: string,
    spans: readonly Span[],
    options?: { runId?: string },
  ): Promise<void> {
    return this.#core.write(() => this.#traces.planLogSpans(experimentId, spans, options))
  }

  searchTraces(query: TraceQuery): Promise<PagedList<TraceInfo>> {
    return this.#core.read(() => this.#traces.search(query))
  }

  deleteTraces(experimentId: string, which: DeleteTraces): Promise<number> {
    return this.#core.write(() => this.#traces.planDelete(experimentId, which))
  }

  setTraceTag(traceId: string, key: string, value: string): Promise<void> {
    return this.#core.write(() => this.#traces.planSetTag(traceId, key, value))
  }

  deleteTraceTag(traceId: string, key: string): Promise<void> {
    return this.#core.write(() => this.#traces.planDeleteTag(traceId, key))
  }

  linkTracesToRun(runId: string, traceIds: readonly string[]): Promise<void> {
    return this.#core.write(() => this.#traces.planLink(runId, traceIds))
  }

  createAssessment(traceId: string, assessment: CreateAssessment): Promise<Assessment> {
    return this.#core.write(() => this.#traces.planCreateAssessment(traceId, assessment))
  }

  getAssessment(traceId: string, assessmentId: string): Promise<Assessment> {
    return this.#core.read(() => this.#traces.getAssessment(traceId, assessmentId))
  }

  updateAssessment(
    traceId: string,
    assessmentId: string,
    change: AssessmentChange,
  ): Promise<Assessment> {
    return this.#core.write(() => this.#traces.planUpdateAssessment(traceId, assessmentId, change))
  }

  deleteAssessment(traceId: string, assessmentId: string): Promise<void> {
    return this.#core.write(() => this.#traces.planDeleteAssessment(traceId, assessmentId))
  }
}
