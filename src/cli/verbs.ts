import { artifactsDownload } from './artifacts-download.js'
import { artifactsList, artifactsLogArtifact, artifactsLogArtifacts } from './artifacts.js'
import {
  experimentsCreate,
  experimentsDelete,
  experimentsRename,
  experimentsRestore,
} from './experiments-by-id.js'
import { experimentsCsv } from './experiments-csv.js'
import { experimentsGet } from './experiments-get.js'
import { experimentsSearch } from './experiments-search.js'
import { exportStore } from './export.js'
import { gc } from './gc.js'
import { importPath } from './import.js'
import {
  modelsDelete,
  modelsDeleteAlias,
  modelsDescribe,
  modelsSetAlias,
  modelsTransition,
} from './models-by-name.js'
import { modelsList, modelsVersions } from './models-list.js'
import { runsDelete, runsDescribe, runsRestore } from './runs-by-id.js'
import { runsCompare } from './runs-compare.js'
import { runsCreate } from './runs-create.js'
import { runsHistory } from './runs-history.js'
import { runsLinkTraces } from './runs-link-traces.js'
import { runsList } from './runs-list.js'
import { serverAddUser, serverStart } from './server.js'
import { storageCheckpoint, storageShow } from './storage.js'
import type { Verb } from './verb.js'

/** Everything that the command line can do. */
export const VERBS: readonly Verb[] = [
  runsList,
  runsCompare,
  runsHistory,
  runsDescribe,
  runsCreate,
  runsLinkTraces,
  runsDelete,
  runsRestore,
  experimentsSearch,
  experimentsGet,
  experimentsCreate,
  experimentsRename,
  experimentsDelete,
  experimentsRestore,
  experimentsCsv,
  modelsList,
  modelsDescribe,
  modelsVersions,
  modelsSetAlias,
  modelsDeleteAlias,
  modelsTransition,
  modelsDelete,
  artifactsList,
  artifactsDownload,
  artifactsLogArtifact,
  artifactsLogArtifacts,
  serverStart,
  serverAddUser,
  storageShow,
  storageCheckpoint,
  importPath,
  exportStore,
  gc,
]

/** What the groups of verbs are about. */
export const GROUPS: Readonly<Record<Verb['group'], string>> = {
  runs: 'List, compare and manage runs.',
  experiments: 'List and manage experiments.',
  models: 'List and manage registered models.',
  artifacts: 'List, download and log files of runs.',
  server: 'Serve the store to MLflow clients over HTTP.',
  storage: 'What the store holds, what it costs, and whether it is sound.',
  import: 'Take in what MLflow has tracked.',
  export: 'Write what is tracked in MLflow’s layout.',
  gc: 'Delete for good what is marked deleted.',
}
