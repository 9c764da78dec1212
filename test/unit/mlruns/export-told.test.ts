import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryAdapter } from '../../../adapters/memory.js'
import { createTracker, type Tracker } from '../../../src/client/tracker.js'
import type { ExportProgress, ExportReport } from '../../../src/mlruns/export-report.js'
import { openEngine } from '../../../src/store/engine.js'
import { connect, expose, type Endpoint } from '../../../src/worker/index.js'

const ports: MessagePort[] = []
let tracker: Tracker

/** A store that is asked through messages, as one in a worker is. */
beforeEach(async () => {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  expose(await openEngine(memoryAdapter()), port1 as unknown as Endpoint)
  tracker = createTracker(await connect(port2 as unknown as Endpoint))
  const run = await tracker.startRun()
  run.logMetric('loss', 1)
  run.setTag('p', 'kept')
  run.setTag('p/q', 'has no place')
  await run.logArtifact(new Uint8Array(3_000_000), 'w.bin')
  await run.end()
})

afterEach(async () => {
  await tracker.close()
  for (const port of ports.splice(0)) port.close()
})

async function read(stream: ReadableStream<Uint8Array>): Promise<number> {
  return (await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer())
    .byteLength
}

describe('an export as a zip', () => {
  it('tells once what is in it, and what could not be, before its end', async () => {
    const reports: ExportReport[] = []
    const stream = tracker.exportZip({ onReport: (report) => reports.push(report) })
    const reader = stream.getReader()
    await reader.read()
    expect(reports).toEqual([])
    while (!(await reader.read()).done);
    const { runId } = (await tracker.searchRuns({ experimentIds: ['0'] }).all())[0]!.info
    expect(reports).toMatchObject([
      { experiments: 1, runs: 1, points: 1, artifacts: 1, artifactBytes: 3_000_000 },
    ])
    expect(reports[0]!.skipped).toEqual([
      { owner: runId, kind: 'tags', name: 'p/q', reason: expect.any(String) },
    ])
  })

  it('tells nothing where it fails or is given up', async () => {
    const reports: ExportReport[] = []
    const onReport = (report: ExportReport): void => void reports.push(report)
    const missing = tracker.exportZip({ onReport, runIds: ['f'.repeat(32)] })
    await expect(read(missing)).rejects.toMatchObject({ errorCode: 'RESOURCE_DOES_NOT_EXIST' })
    await tracker.exportZip({ onReport }).cancel()
    expect(reports).toEqual([])
  })

  it('fails as the one who was told does', async () => {
    const onReport = (): void => {
      throw new RangeError('too many')
    }
    await expect(read(tracker.exportZip({ onReport }))).rejects.toThrow('too many')
  })

  it('tells how far it is, and at the end of all', async () => {
    const told: ExportProgress[] = []
    await read(tracker.exportZip({ onProgress: (at) => told.push(at) }))
    expect(told.at(-1)).toEqual({ runs: 1, points: 1, artifacts: 1, artifactBytes: 3_000_000 })
    const sizes = told.map(({ artifactBytes }) => artifactBytes)
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
  })

  it.each([{ onReport: 1 }, { onProgress: 'x' }])('refuses %j', (options) => {
    expect(() => tracker.exportZip(options as never)).toThrow(/give a function/)
  })
})
