import { MLFLOW_TRACES } from '../entities/mlflow-traces.js'
import type { Span, TraceInfo } from '../entities/trace.js'
import type { SourceFile, SourceTrace } from '../import/source.js'
import { readSpanFile } from '../mlruns/read/span-file.js'
import { filesBeside, isUnfit, readSpans, SPANS_FILE } from '../mlruns/read/trace-artifacts.js'
import { validateSpans } from '../entities/validate-spans.js'
import type { OwnerOfFiles } from './artifacts.js'
import { readArchive } from './span-archive.js'
import { BadRow, checked, doubting, readRows } from './rows.js'
import type { RunReading } from './runs.js'

const COLUMNS = { content: 'text' } as const
const OF_TRACE = 'WHERE trace_id = ? ORDER BY start_time_unix_nano, span_id'
/** Where newer releases put them when they take them out of the database (mlflow/tracing/otel/otel_archival.py). */
const ARCHIVE = { file: 'traces.pb', tag: 'mlflow.trace.archiveLocation', place: 'ARCHIVE_REPO' }
/** Metadata that clients give to traces that have spans. */
const INPUTS = 'mlflow.traceInputs'

type Content = ReturnType<SourceTrace['content']>
type Place = Pick<OwnerOfFiles, 'experimentId' | 'path'>

/** A trace's spans, from the database, a file or an archive, and its files; `place` is where it is in the source. */
export async function readTraceContent(
  reading: RunReading,
  info: Pick<TraceInfo, 'traceId' | 'tags' | 'traceMetadata'>,
  place: Place,
): Content {
  const { artifacts } = reading
  const { tags, traceMetadata } = info
  const artifactUri = tags[MLFLOW_TRACES.artifactLocation] ?? null
  const isArchived = tags[MLFLOW_TRACES.spansLocation] === ARCHIVE.place
  const stored = isArchived
    ? await archivedSpans(reading, tags, place)
    : storedSpans(reading, info.traceId, place)
  const hasSome = !isArchived && stored.length === 0 && Object.hasOwn(traceMetadata, INPUTS)
  const owner = { ...place, artifactUri, hasSome }
  const root = await artifacts.root(owner)
  if (root === null) {
    if (hasSome) await artifacts.tellMissing(owner)
    return { spans: stored, files: none() }
  }
  const text = (): Promise<string | null> => artifacts.text(root, SPANS_FILE)
  const file = `${place.path}/artifacts/${SPANS_FILE}`
  const spans = stored.length > 0 ? stored : await readSpans(text, file, reading.doubt)
  return { spans, files: filesBeside(spans, artifacts.below(root)) }
}

/** The spans that the database has. */
function storedSpans({ db, schema, doubt }: RunReading, traceId: string, { path }: Place): Span[] {
  const spans = new Map<string, Span>()
  if (!schema.hasTable('spans')) return []
  for (const row of readRows(db, 'spans', COLUMNS, OF_TRACE, [traceId]))
    doubting(`${path}/spans`, doubt, () => {
      const [span] = checked(() =>
        validateSpans(readSpanFile(`{"spans":[${row.required('content')}]}`)),
      )
      if (span === undefined) throw new BadRow('it holds no span')
      if (spans.has(span.spanId)) throw new BadRow(`The span '${span.spanId}' is there twice`)
      spans.set(span.spanId, span)
    })
  return [...spans.values()]
}

async function archivedSpans(
  { artifacts, doubt }: RunReading,
  tags: Readonly<Record<string, string>>,
  place: Place,
): Promise<readonly Span[]> {
  const owner = { ...place, artifactUri: tags[ARCHIVE.tag] ?? null, hasSome: true }
  try {
    const root = await artifacts.root(owner)
    const bytes = root === null ? null : await artifacts.bytes(root, ARCHIVE.file)
    if (bytes !== null) return validateSpans(await readArchive(bytes))
    await artifacts.tellMissing(owner)
  } catch (error) {
    if (!isUnfit(error)) throw error
    doubt(
      `${place.path}/spans`,
      `Their archive cannot be read: ${error.message}. They were left out.`,
    )
  }
  return []
}

async function* none(): AsyncGenerator<SourceFile, void, undefined> {}
