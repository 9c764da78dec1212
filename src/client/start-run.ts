import { MLFLOW_TAGS } from '../entities/mlflow-tags.js'
import type { Run } from '../entities/run.js'
import { invalid } from '../entities/invalid.js'
import { validateParam, validateTag } from '../entities/validate.js'
import { throwIfAborted } from '../errors.js'
import type { KeyValue } from '../entities/log-batch.js'
import { sendBatch } from './log-batch.js'
import type { Session } from './session.js'
import { recordToPairs, valueToText, type ParamValue } from './values.js'

/** A run, by itself, by a handle on it, or by its id. */
export type RunReference = string | { readonly id: string } | Run

/** How a run is started, or resumed when `runId` is given. */
export interface StartRun {
  /** Resume this run: its status becomes RUNNING; name, tags, params and description are added to it. */
  readonly runId?: string
  /** A made-up one by default, such as `lyrical-hawk-54`. */
  readonly name?: string
  readonly params?: Readonly<Record<string, ParamValue>>
  readonly tags?: Readonly<Record<string, ParamValue>>
  /** Makes the new run a child of this one. */
  readonly parent?: RunReference
  /** The parent's by default, else the tracker's active experiment. */
  readonly experimentId?: string
  /** Markdown: the tag `mlflow.note.content`. */
  readonly description?: string
  /** Aborting it ends the run as KILLED. */
  readonly signal?: AbortSignal
}

/** Creates the run, or resumes it. Nothing is created when the options are refused. */
export async function startRun(session: Session, options: StartRun): Promise<Run> {
  checkOptions(options)
  throwIfAborted(options.signal)
  const params = recordToPairs(options.params ?? {}, 'Params')
  const tags = givenTags(options)
  for (const [key, value] of params) validateParam(key, value, session.truncate)
  for (const [key, value] of tags) validateTag(key, value, session.truncate)
  if (options.runId !== undefined)
    return resumeRun(session, options.runId, options, { params, tags })
  return createRun(session, options, { params, tags })
}

/** The id that a reference to a run stands for. INVALID_PARAMETER_VALUE for anything else. */
function runReferenceToId(reference: RunReference): string {
  if (typeof reference === 'string' && reference !== '') return reference
  if (typeof reference === 'object' && reference !== null) {
    if ('id' in reference && typeof reference.id === 'string') return reference.id
    if ('info' in reference && typeof reference.info?.runId === 'string')
      return reference.info.runId
  }
  throw invalid('A parent is a run, a handle on one, or the id of one.')
}

interface Given {
  readonly params: readonly KeyValue[]
  readonly tags: readonly KeyValue[]
}

async function createRun(session: Session, options: StartRun, given: Given): Promise<Run> {
  const parent = await parentOf(session, options)
  const experimentId = options.experimentId ?? parent?.info.experimentId ?? session.experimentId
  const tags = new Map([...Object.entries(session.context), ...given.tags])
  if (parent !== null) tags.set(MLFLOW_TAGS.parentRunId, parent.info.runId)
  const name = options.name ?? tags.get(MLFLOW_TAGS.runName)
  tags.delete(MLFLOW_TAGS.runName)
  const userId = tags.get(MLFLOW_TAGS.user)
  const run = await session.store.createRun({
    experimentId,
    startTime: Date.now(),
    tags: [...tags],
    owner: session.owner,
    ...(userId === undefined ? {} : { userId }),
    ...(name === undefined ? {} : { runName: name }),
  })
  return addParams(session, run, given.params)
}

async function addParams(session: Session, run: Run, params: readonly KeyValue[]): Promise<Run> {
  if (params.length === 0) return run
  await sendBatch(session.store, run.info.runId, { params })
  return session.store.getRun(run.info.runId)
}

async function parentOf(session: Session, { parent }: StartRun): Promise<Run | null> {
  if (parent === undefined) return null
  const run = await session.store.getRun(runReferenceToId(parent))
  if (run.info.lifecycleStage === 'active') return run
  throw invalid(
    `Cannot start a run under parent run with ID ${run.info.runId} because it is in the deleted state.`,
  )
}

async function resumeRun(
  session: Session,
  runId: string,
  options: StartRun,
  { params, tags }: Given,
): Promise<Run> {
  const { store } = session
  const found = await store.getRun(runId)
  if (found.info.lifecycleStage !== 'active')
    throw invalid(`Cannot start run with ID ${runId} because it is in the deleted state.`)
  checkSameExperiment(found, options)
  const parent = await parentOf(session, options)
  const { name } = options
  await store.updateRun(runId, {
    status: 'RUNNING',
    ...(name === undefined ? {} : { runName: name }),
  })
  const all =
    parent === null ? tags : [...tags, [MLFLOW_TAGS.parentRunId, parent.info.runId] as const]
  if (all.length + params.length > 0) await sendBatch(store, runId, { params, tags: all })
  return store.getRun(runId)
}

function checkSameExperiment(run: Run, { experimentId }: StartRun): void {
  if (experimentId === undefined || experimentId === run.info.experimentId) return
  throw invalid(
    `Cannot start run with ID ${run.info.runId} in experiment ${experimentId}: ` +
      `it belongs to experiment ${run.info.experimentId}.`,
  )
}

function givenTags({ tags, description }: StartRun): KeyValue[] {
  const pairs: KeyValue[] = recordToPairs(tags ?? {}, 'Tags')
  if (description === undefined) return pairs
  if (pairs.some(([key]) => key === MLFLOW_TAGS.note))
    throw invalid(
      `Description is already set via the tag ${MLFLOW_TAGS.note} in tags. ` +
        `Remove the key ${MLFLOW_TAGS.note} from the tags or omit the description.`,
    )
  return [...pairs, [MLFLOW_TAGS.note, valueToText(description, 'description')]]
}

const KNOWN = [
  'runId',
  'name',
  'params',
  'tags',
  'parent',
  'experimentId',
  'description',
  'signal',
] as const

function checkOptions(options: StartRun): void {
  for (const [name, value] of Object.entries(options)) {
    if (!(KNOWN as readonly string[]).includes(name))
      throw invalid(`A run has no option '${name}'. It takes ${KNOWN.join(', ')}.`)
    if (value === undefined || typeof value === 'string') continue
    if (name === 'runId' || name === 'name' || name === 'experimentId' || name === 'description')
      throw invalid(`Invalid value for parameter '${name}' supplied: give a text.`)
  }
}
