import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../adapters/memory.js'
import { TrackletError } from '../../src/errors.js'
import { keepSpan } from '../../src/rest/otlp/received-spans.js'
import { readJsonSpans } from '../../src/rest/otlp/read-json-spans.js'
import { offsetToPageToken } from '../../src/search/page-token.js'
import { openEngine } from '../../src/store/engine.js'
import type { LocalStore } from '../../src/store/store.js'
import type { TraceQuery } from '../../src/store/trace-store.js'
import { pinnedMlflows, runPython } from './python.js'
import * as sample from './sample-traces.js'
import * as searches from './trace-searches.js'

// The newest pinned release alone: what spans tell of their traces differs between releases.

type Outcome =
  | { readonly ids: readonly string[]; readonly token: string | null }
  | { readonly code: string; readonly message: string }

const experimentIds = ['1', '2']
const pages = searches.pages.map(({ maxResults, offset }) => ({
  maxResults,
  token: offset === null ? null : offsetToPageToken(offset),
}))

describe.each(pinnedMlflows().slice(0, 1))('MLflow $version', ({ python }) => {
  let folder = ''
  let store: LocalStore
  let theirs: {
    readonly infos: readonly unknown[]
    readonly filters: readonly Outcome[]
    readonly orders: readonly Outcome[]
    readonly pages: readonly Outcome[]
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tracklet-traces-'))
    store = await openEngine(memoryAdapter())
    await fill(store)
    theirs = runPython(python, 'search_traces.py', {
      args: [folder],
      input: { ...sample, ...searches, pages },
    }) as typeof theirs
  })

  afterAll(async () => {
    await store.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('makes the same traces of the same spans and calls', async () => {
    const { items } = await store.searchTraces({ experimentIds })
    const ours = items.map((info) => ({
      ...info,
      assessments: info.assessments.map(({ assessmentId, valid }) => [assessmentId, valid]).sort(),
    }))
    expect(ours).toEqual(theirs.infos)
  })

  it('finds the same traces by the same filters, and refuses the same ones', async () => {
    for (const [i, filter] of searches.filters.entries())
      expect({ filter, ...(await search(store, { filter, maxResults: 100 })) }).toEqual({
        filter,
        ...withoutSets(theirs.filters[i]!),
      })
  })

  it('puts them in the same order', async () => {
    for (const [i, orderBy] of searches.orders.entries())
      expect({ orderBy, ...(await search(store, { orderBy, maxResults: 100 })) }).toEqual({
        orderBy,
        ...withoutSets(theirs.orders[i]!),
      })
  })

  it('cuts the same pages', async () => {
    for (const [i, { maxResults, token }] of pages.entries())
      expect(
        await search(store, { maxResults, ...(token !== null && { pageToken: token }) }),
      ).toEqual(theirs.pages[i])
  })
})

async function fill(store: LocalStore): Promise<void> {
  for (const name of experimentIds) await store.createExperiment(name)
  const log = ({ experimentId, spans }: (typeof sample.early)[number]): Promise<void> => {
    const received = readJsonSpans({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
    return store.logSpans(experimentId, received.spans.map(keepSpan))
  }
  for (const batch of sample.early) await log(batch)
  for (const trace of sample.starts)
    await store.startTrace({
      ...trace,
      tags: defined(trace.tags),
      traceMetadata: defined(trace.traceMetadata),
    })
  for (const batch of sample.late) await log(batch)
  for (const { runId, traceIds } of sample.links) await store.linkTracesToRun(runId, traceIds)
  for (const { traceId, kind, value, metadata, ...own } of sample.assessments)
    await store.createAssessment(traceId, {
      ...own,
      source: { sourceType: 'HUMAN', sourceId: 'me' },
      metadata: defined(metadata),
      ...(kind === 'feedback' ? { feedback: { value, error: null } } : { expectation: { value } }),
    })
}

async function search(
  store: LocalStore,
  query: Omit<TraceQuery, 'experimentIds'>,
): Promise<Outcome> {
  try {
    const { items, nextPageToken } = await store.searchTraces({ experimentIds, ...query })
    return { ids: items.map(({ traceId }) => traceId), token: nextPageToken }
  } catch (error) {
    if (!(error instanceof TrackletError)) throw error
    return withoutSets({ code: error.errorCode, message: error.message })
  }
}

/** Python prints the members of a set in any order. */
function withoutSets(outcome: Outcome): Outcome {
  return 'ids' in outcome
    ? outcome
    : { ...outcome, message: outcome.message.replace(/\{'[^}]*\}/g, '{}') }
}

function defined(texts: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([key, text]) => (text === undefined ? [] : [[key, text]])),
  )
}
