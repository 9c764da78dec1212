import { TRACE_STATES } from '../../entities/trace.js'
import type { TraceState } from '../../entities/trace.js'
import { hasFile } from '../../import/file-tree.js'
import type { FileTree } from '../../import/file-tree.js'
import type { Doubt, SourceTrace } from '../../import/source.js'
import { readAssessments } from './assessments.js'
import { BadMeta } from './meta.js'
import type { Meta } from './meta.js'
import { toMoment } from './moment.js'
import {
  doubting,
  doubtStrangers,
  filesIn,
  foldersIn,
  metaOf,
  readText,
  textsBelow,
} from './texts.js'
import { filesBeside, readSpans, SPANS_FILE } from './trace-artifacts.js'
import { lastName } from '../../util/last-name.js'

const INFO = 'trace_info.yaml'
const FOLDERS = ['tags', 'request_metadata', 'assessments', 'artifacts']

/** The traces of the experiment in a folder, of MLflow 2 and 3. */
export async function* readTraces(
  tree: FileTree,
  folder: string,
  experimentId: string,
  doubt: Doubt,
): AsyncGenerator<SourceTrace, void, undefined> {
  for await (const { path } of foldersIn(tree, `${folder}/traces`, doubt)) {
    const meta = await metaOf(tree, path, doubt, INFO)
    const read = (): Promise<SourceTrace['trace']> =>
      toTrace(tree, path, experimentId, meta!, doubt)
    const trace = meta && (await doubting(`${path}/${INFO}`, doubt, read))
    if (trace === null) continue
    await doubtStrangers(tree, path, FOLDERS, doubt, INFO)
    yield { trace, content: () => readContent(tree, path, doubt) }
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
  if (traceId !== lastName(folder))
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
  const root = `${folder}/artifacts`
  const path = `${root}/${SPANS_FILE}`
  const text = async (): Promise<string | null> =>
    hasFile(await tree.list(root), SPANS_FILE) ? readText(tree, path) : null
  const spans = await readSpans(text, path, doubt)
  return { spans, files: filesBeside(spans, filesIn(tree, root)) }
}
