import { writeArtifact } from '../artifacts/write.js'
import type { MlflowClient } from '../client/client.js'
import { toArtifactPath } from '../entities/artifact-path.js'
import { TrackletError } from '../errors.js'
import { findSource, type ArtifactFolder } from './artifacts-uri.js'
import type { Given } from './given.js'
import { printResult } from './print.js'
import type { Folder } from './terminal.js'
import { UsageError } from './usage-error.js'
import { withTracker, type Context, type Verb } from './verb.js'

/** `tracklet artifacts download`: prints the local path. */
export const artifactsDownload: Verb = {
  group: 'artifacts',
  name: 'download',
  summary: 'Download a file, or a folder with all below it; prints its local path.',
  options: [
    { flags: '-r, --run-id <id>', help: 'id of the run' },
    {
      flags: '-a, --artifact-path <path>',
      help: "with --run-id: the file or folder among the run's files (default: all of them)",
    },
    {
      flags: '-u, --artifact-uri <uri>',
      help: 'runs:/..., models:/... or mlflow-artifacts:/... of this store, instead of a run',
    },
    {
      flags: '-d, --dst-path <dir>',
      help: 'the local folder; made where there is none (default: a new temporary one)',
    },
  ],
  examples: [
    'tracklet artifacts download --run-id 0a5e...d1 --artifact-path model --dst-path .',
    'tracklet artifacts download -u runs:/0a5e...d1/plots/loss.png -d plots',
    'tracklet artifacts download -u models:/cnn@champion -d model',
  ],
  run: async (context, given) => {
    const uri = givenUri(given)
    await withTracker(context, async ({ client }) => {
      const source = await findSource(client, uri)
      const target = await openTarget(context, given.text('dstPath'))
      try {
        const name = await download(client, source, target)
        const path = name === '' ? target.path : target.pathOf(name)
        await printResult(context, { path }, path)
      } catch (error) {
        await target.discard()
        throw error
      }
    })
  },
}

/** What to download: a URI wins over a run, as in MLflow. */
function givenUri(given: Given): string {
  const [runId, path, uri] = [
    given.text('runId'),
    given.text('artifactPath'),
    given.text('artifactUri'),
  ]
  if (uri !== undefined) return uri
  if (runId === undefined)
    throw new UsageError('Exactly one of --run-id and --artifact-uri must be given.')
  return path === undefined || path === '' ? `runs:/${runId}` : `runs:/${runId}/${path}`
}

function openTarget(context: Context, path: string | undefined): Promise<Folder> {
  if (context.openFolder === undefined) throw new UsageError('Here are no folders to write to.')
  return context.openFolder({ create: true, ...(path === undefined ? {} : { path }) })
}

/** Gives the path below the target, '' for the target itself. */
async function download(
  client: MlflowClient,
  { id, path, cut, into }: ArtifactFolder,
  target: Folder,
): Promise<string> {
  let count = 0
  for await (const file of filesBelow(client, id, path)) {
    // What a server lists may be anything: it is a path below the target, or nothing is written.
    const name = toArtifactPath(into === '' ? file.slice(cut) : `${into}/${file}`)
    await writeArtifact(target.files, '', name, client.readArtifact(id, file))
    count++
  }
  if (count === 0 && path !== '')
    throw new TrackletError(
      'RESOURCE_DOES_NOT_EXIST',
      `Failed to download artifacts from path '${path}', please ensure that the path is correct.`,
    )
  return into === '' ? path.slice(cut) : into
}

/** The file at a path, or those below the folder. */
async function* filesBelow(client: MlflowClient, id: string, path: string): AsyncGenerator<string> {
  const entries = await client.listArtifacts(id, path)
  if (entries.length === 0 && path !== '' && (await isFile(client, id, path))) yield path
  const above = path === '' ? '' : `${path}/`
  for (const entry of entries) {
    if (!entry.path.startsWith(above) || entry.path.length === above.length) throw odd(entry.path)
    if (entry.isDir) yield* filesBelow(client, id, entry.path)
    else yield entry.path
  }
}

async function isFile(client: MlflowClient, id: string, path: string): Promise<boolean> {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
  const entries = await client.listArtifacts(id, parent)
  return entries.some((entry) => !entry.isDir && entry.path === path)
}

function odd(path: string): TrackletError {
  return new TrackletError(
    'DATA_LOSS',
    `The store lists '${path}' below a folder that it is not in. Nothing more is downloaded.`,
  )
}
