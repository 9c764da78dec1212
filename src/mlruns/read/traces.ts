import { TRACE_STATES } from '../../entities/trace.js'
import type { Span, TraceState } from '../../entities/trace.js'
import { TrackletError } from '../../errors.js'
import type { FileTree } from '../../import/file-tree.js'
import type { Doubt, SourceFile, SourceTrace } from '../../import/source.js'
import { validateSpans } from '../../entities/validate-spans.js'
import { readAssessments } from './assessments.js'
import { BadMeta } from './meta.js'
import type { Meta } from './meta.js'
import { toMoment } from './moment.js'
import { readSpanFile } from './span-file.js'
import {
  doubting,
  doubtStrangers,
  filesOf,
  isLitter,
  metaOf,
  readText,
  textsBelow,
} from './texts.js'

const INFO = 'trace_info.yaml'
const FOLDERS = ['tags', 'request_metadata', 'assessments', 'artifacts']
const SPANS = 'traces.json'

/** The traces of the experiment in a folder, of MLflow 2 and 3. */
export async function* readTraces(
  tree: FileTree,
  folder: string,
  experimentId: string,
  doubt: Doubt,
): AsyncGenerator<SourceTrace, void, undefined> {
  const root = `${folder}/traces`
  for (const { name, isDir } of await tree.list(root)) {
    if (isLitter(name)) continue
    const path = `${root}/${name}`
    if (!isDir) doubt(path, 'It is no part of a file store: it was left out.')
    else {
      const meta = await metaOf(tree, path, doubt, INFO)
      const read = (): Promise<SourceTrace['trace']> =>
        toTrace(tree, path, experimentId, meta!, doubt)
      const trace = meta && (await doubting(`${path}/${INFO}`, doubt, read))
      if (trace === null) continue
      await doubtStrangers(tree, path, FOLDERS, doubt, INFO)
      yield { trace, content: () => readContent(tree, path, doubt) }
    }
  }
}

async function toTrace(
  tree: FileTree,
  folder: string,
  experimentId: string,
  meta: Meta,
  doubt: Doubt,
): Promise<SourceTrace['trace']> {
  const traceId = meta.text('request_id') ?? meta.required('trace_id')
  if (traceId !== folder.slice(folder.lastIndexOf('/') + 1))
    throw new BadMeta(`its id '${traceId}' is not the name of the folder`)
  const own = experimentOf(meta)
  if (own !== null && own !== experimentId)
    throw new BadMeta(`its experiment_id is not '${experimentId}', in whose folder it lies`)
  const traceMetadata = await textsBelow(tree, `${folder}/request_metadata`, doubt)
  const time = meta.text('request_time')
  const requestTime = time === null ? meta.integer('timestamp_ms') : toMoment(time)
  if (requestTime === null) throw new BadMeta("'request_time' is missing")
  return {
    info: {
      traceId,
      clientRequestId: meta.text('client_request_id'),
      requestPreview: meta.text('request_preview'),
      responsePreview: meta.text('response_preview'),
      requestTime,
      executionDuration: meta.integer('execution_duration_ms') ?? meta.integer('execution_time_ms'),
      state: toState(meta),
      traceMetadata,
      tags: await textsBelow(tree, `${folder}/tags`, doubt),
      assessments: await readAssessments(tree, folder, traceId, doubt),
    },
    linkedRuns: [],
  }
}

/** The experiment that a trace says it is in; null where it says none. */
function experimentOf(meta: Meta): string | null {
  const place = meta.get('trace_location')
  if (place === null || typeof place !== 'object' || !('mlflow_experiment' in place))
    return meta.text('experiment_id')
  const { mlflow_experiment: experiment } = place
  if (experiment === null || typeof experiment !== 'object' || !('experiment_id' in experiment))
    return null
  return String(experiment['experiment_id'])
}

function toState(meta: Meta): TraceState {
  const text = meta.text('state') ?? meta.text('status')
  return TRACE_STATES.find((known) => known === text) ?? 'STATE_UNSPECIFIED'
}

async function readContent(
  tree: FileTree,
  folder: string,
  doubt: Doubt,
): ReturnType<SourceTrace['content']> {
  const spans = await readSpans(tree, folder, doubt)
  return { spans: spans ?? [], files: files(tree, folder, spans !== null) }
}

/** The file of the spans is none of the trace's where they were read: the store makes it out of them. */
async function* files(
  tree: FileTree,
  folder: string,
  withoutSpans: boolean,
): AsyncGenerator<SourceFile, void, undefined> {
  for await (const file of filesOf(tree, folder))
    if (!withoutSpans || file.path !== SPANS) yield file
}

/** Null where there is no file of spans, or none that can be read: then it is kept as it is. */
async function readSpans(
  tree: FileTree,
  folder: string,
  doubt: Doubt,
): Promise<readonly Span[] | null> {
  const entries = await tree.list(`${folder}/artifacts`)
  if (!entries.some(({ name, isDir }) => name === SPANS && !isDir)) return null
  const path = `${folder}/artifacts/${SPANS}`
  try {
    const spans = validateSpans(readSpanFile(await readText(tree, path)))
    return spans.length === 0 ? null : spans
  } catch (error) {
    const isBad = error instanceof TrackletError && error.errorCode === 'INVALID_PARAMETER_VALUE'
    if (!isBad && !(error instanceof BadMeta)) throw error
    doubt(path, `It cannot be read as spans: ${error.message}. It was kept as a file.`)
    return null
  }
}
