import type { FileInfo } from '../entities/file-info.js'
import { listToJson } from './json.js'
import { printResult, printStream } from './print.js'
import { toVisible } from './text-width.js'
import { withTracker, type Verb, type VerbOption } from './verb.js'

const RUN: VerbOption = { flags: '-r, --run-id <id>', help: 'id of the run', required: true }
const INTO: VerbOption = {
  flags: '-a, --artifact-path <path>',
  help: "the folder among the run's files (default: their root)",
}

/** `tracklet artifacts log-artifact`. */
export const artifactsLogArtifact: Verb = {
  group: 'artifacts',
  name: 'log-artifact',
  summary: 'Log a local file as an artifact of a run.',
  options: [
    { flags: '-l, --local-file <path>', help: 'path of the file', required: true },
    RUN,
    INTO,
  ],
  examples: [
    'tracklet artifacts log-artifact --local-file model.onnx --run-id 0a5e...d1',
    'tracklet artifacts log-artifact -l report.html -r 0a5e...d1 -a reports',
  ],
  run: (context, given) =>
    withTracker(context, async ({ client }) => {
      const [file, runId] = [given.required('localFile'), given.required('runId')]
      const path = given.text('artifactPath')
      await client.logArtifact(runId, file, path)
      const result = { run_id: runId, local_file: file, artifact_path: path ?? null }
      await printResult(context, result, loggedLine('file', file, path))
    }),
}

/** `tracklet artifacts log-artifacts`. */
export const artifactsLogArtifacts: Verb = {
  group: 'artifacts',
  name: 'log-artifacts',
  summary: 'Log a local folder, with all below it, as artifacts of a run.',
  options: [
    { flags: '-l, --local-dir <path>', help: 'path of the folder', required: true },
    RUN,
    INTO,
  ],
  examples: ['tracklet artifacts log-artifacts --local-dir plots --run-id 0a5e...d1 -a plots'],
  run: (context, given) =>
    withTracker(context, async ({ client }) => {
      const [dir, runId] = [given.required('localDir'), given.required('runId')]
      const path = given.text('artifactPath')
      await client.logArtifacts(runId, dir, path)
      const result = { run_id: runId, local_dir: dir, artifact_path: path ?? null }
      await printResult(context, result, loggedLine('dir', dir, path))
    }),
}

/** `tracklet artifacts list`: JSON, as MLflow's. */
export const artifactsList: Verb = {
  group: 'artifacts',
  name: 'list',
  summary: "List the files and folders directly below a folder of a run's files, as JSON.",
  options: [RUN, INTO],
  examples: [
    'tracklet artifacts list --run-id 0a5e...d1',
    'tracklet artifacts list -r 0a5e...d1 -a plots | jq -r ".[].path"',
  ],
  run: (context, given) =>
    withTracker(context, async ({ client }) => {
      const path = given.text('artifactPath') ?? ''
      const files = await client.listArtifacts(given.required('runId'), path)
      await printStream(context, listToJson(files.map(fileToDictionary)))
    }),
}

/** MLflow's FileInfo: an empty file has no size there, and a folder neither. */
function fileToDictionary({ path, isDir, fileSize }: FileInfo): unknown {
  return { path, is_dir: isDir, ...(isDir || !fileSize ? {} : { file_size: fileSize }) }
}

function loggedLine(kind: 'file' | 'dir', source: string, path: string | undefined): string {
  const into = path === undefined ? 'None' : toVisible(path)
  return `Logged artifact from local ${kind} ${toVisible(source)} to artifact_path=${into}`
}
