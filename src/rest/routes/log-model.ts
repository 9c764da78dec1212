import { oneAtATime } from '../../artifacts/one-at-a-time.js'
import { toPythonJson } from '../../artifacts/python-json.js'
import { invalid } from '../../entities/invalid.js'
import { LIMITS } from '../../entities/limits.js'
import { pythonRepr } from '../../entities/python-text.js'
import { isRecord } from '../../entities/validate.js'
import type { Store } from '../../store/store.js'
import { route } from '../route.js'
import type { Route } from '../route.js'
import { required, text } from '../schema.js'

type Model = Readonly<Record<string, unknown>>

const HISTORY_TAG = 'mlflow.log-model.history'
const MANDATORY = ['artifact_path', 'flavors', 'utc_time_created', 'run_id']
const KEPT = ['run_id', 'artifact_path', 'utc_time_created', 'model_uuid']

/** `runs/log-model`: what clients before MLflow 3 tell of the models that they uploaded. */
export const logModelRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'runs/log-model',
    needs: { run_id: required(text), model_json: required(text) },
    async answer(store, { run_id: id, model_json: json }) {
      const entry = toHistoryEntry(readModel(json))
      await oneAtATime(store, `${HISTORY_TAG} ${id}`, () => addToHistory(store, id, entry))
      return {}
    },
  }),
]

function readModel(json: string): Model {
  const model = parse(json)
  if (!isRecord(model)) throw invalid(`Malformed model info. \n ${json} \n is not a valid JSON.`)
  const absent = MANDATORY.filter((name) => !Object.hasOwn(model as Model, name))
  if (absent.length === 0) return model as Model
  const set = `{${absent.map(pythonRepr).join(', ')}}`
  throw invalid(`Model json is missing mandatory fields: ${set}`)
}

/** What the tag keeps of a model: flavors without their configurations. */
function toHistoryEntry(model: Model): Model {
  const kept = KEPT.map((name) => [name, Object.hasOwn(model, name) ? model[name] : null])
  const flavors = isRecord(model['flavors']) ? (model['flavors'] as Model) : {}
  const bare = Object.entries(flavors).map(([name, flavor]) => [name, withoutConfig(flavor)])
  return { ...Object.fromEntries(kept), flavors: Object.fromEntries(bare) }
}

function withoutConfig(flavor: unknown): unknown {
  if (!isRecord(flavor)) return flavor
  const { config: _, ...rest } = flavor as Model
  return rest
}

async function addToHistory(store: Store, runId: string, entry: Model): Promise<void> {
  const { data } = await store.getRun(runId)
  const before = parse(data.tags[HISTORY_TAG] ?? '[]')
  if (!Array.isArray(before))
    throw invalid(`The tag '${HISTORY_TAG}' of the run holds no JSON list; delete it first.`)
  const value = toPythonJson([...before, entry], 'line')
  // A value that is cut would be no JSON any more.
  if (value.length > LIMITS.tagValue)
    throw invalid(
      `The tag '${HISTORY_TAG}' would be longer than ${LIMITS.tagValue} characters; log fewer models in a run.`,
    )
  await store.setTag(runId, HISTORY_TAG, value)
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
