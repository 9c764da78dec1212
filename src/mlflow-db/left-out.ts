import type { Doubt } from '../import/source.js'
import type { ForeignDatabase } from './foreign-database.js'
import { LATER_TABLES } from './later-tables.js'
import { TABLES } from './tables.js'
import type { Schema } from './tables.js'

/** Tables of things that are not taken, and what these are called. */
const NOT_TAKEN: Readonly<Record<string, string>> = {
  evaluation_datasets: 'evaluation datasets',
  evaluation_dataset_records: 'records of evaluation datasets',
  scorer_versions: 'versions of scorers',
  online_scoring_configs: 'settings of scorers',
  issues: 'issues',
  label_schemas: 'label schemas',
  review_queues: 'review queues',
  webhooks: 'webhooks',
  jobs: 'jobs',
  secrets: 'secrets of the gateway',
  endpoints: 'endpoints of the gateway',
  model_definitions: 'model definitions of the gateway',
  budget_policies: 'budgets of the gateway',
  guardrails: 'guardrails of the gateway',
  mcp_servers: 'MCP servers',
  skills: 'skills',
  users: 'users',
}
/** Parts of these, and what follows from what is taken. */
const NOTHING_OF_ITS_OWN = new Set(
  `alembic_version alembic_version_auth latest_metrics trace_metrics span_metrics sql_trace_metric_daily_rollups
  sql_span_cost_daily_rollups sql_assessment_daily_rollups sql_trace_rollup_rebuild_queue evaluation_dataset_tags scorers
  issue_categories review_queue_users review_queue_items review_queue_label_schemas webhook_events job_locks scheduler_leases
  endpoint_model_mappings endpoint_bindings endpoint_tags guardrail_configs mcp_server_versions mcp_server_tags
  mcp_server_version_tags mcp_server_aliases mcp_access_endpoints skill_versions skill_tags skill_version_tags skill_aliases
  workspaces experiment_permissions registered_model_permissions roles role_permissions user_role_assignments`.split(
    /\s+/,
  ),
)

const NO_EXPERIMENT = `experiment_id IS NULL
  OR experiment_id NOT IN (SELECT experiment_id FROM experiments WHERE experiment_id IS NOT NULL)`
/** Rows that are not taken out of tables that are: the table, which rows, and what is said of them. */
const ROWS = [
  ['runs', NO_EXPERIMENT, 'runs name no experiment that is there: they were left out.'],
  [
    'logged_models',
    NO_EXPERIMENT,
    'logged models name no experiment that is there: they were left out.',
  ],
  ['trace_info', NO_EXPERIMENT, 'traces name no experiment that is there: they were left out.'],
  [
    'logged_model_metrics',
    'run_id IS NULL OR run_id NOT IN (SELECT run_uuid FROM runs WHERE run_uuid IS NOT NULL)',
    'points of logged models name no run that is there: they were left out.',
  ],
  [
    'logged_models',
    "status_message <> ''",
    'logged models have a status message, which was left out.',
  ],
  ['assessments', "assessment_type = 'issue'", 'references to issues were left out.'],
  [
    'entity_associations',
    "source_type = 'trace' AND destination_type <> 'run'",
    'links of traces to other things than runs, such as prompts, were left out.',
  ],
] as const

/** Tells what a database holds that is not taken from it, with counts. */
export function tellLeftOut(db: ForeignDatabase, schema: Schema, doubt: Doubt): void {
  const taken = new Set([...Object.keys(TABLES), ...Object.keys(LATER_TABLES)])
  for (const table of schema.tables()) {
    if (taken.has(table) || NOTHING_OF_ITS_OWN.has(table) || table.startsWith('sqlite_')) continue
    const name = Object.hasOwn(NOT_TAKEN, table)
      ? NOT_TAKEN[table]!
      : 'rows that are not known here'
    const count = countOf(db, table)
    if (count > 0) doubt(table, `It holds ${count} ${name}, which were left out.`)
  }
  for (const [table, which, reason] of ROWS) {
    const count = schema.hasTable(table) ? countOf(db, table, which) : 0
    if (count > 0) doubt(table, `${count} ${reason}`)
  }
}

function countOf(db: ForeignDatabase, table: string, which = '1'): number {
  const sql = `SELECT count(*) FROM "${table.replaceAll('"', '""')}" WHERE ${which}`
  const [count] = [...db.rows(sql)].flat()
  return Number(count)
}
