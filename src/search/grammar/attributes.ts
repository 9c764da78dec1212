// MLflow's rules for each kind of thing that can be searched.
export { EXPERIMENT_RULES } from './attributes-experiments.js'
export { LOGGED_MODEL_RULES } from './attributes-logged-models.js'
export { MODEL_RULES, VERSION_RULES } from './attributes-registry.js'
export { RUN_RULES } from './attributes-runs.js'
export { TRACE_RULES } from './attributes-traces.js'
