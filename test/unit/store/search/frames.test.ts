import { beforeEach, describe, expect, it } from 'vitest'
import { RunFrame } from '../../../../src/search/frame.js'
import { Frames, type FrameSource } from '../../../../src/store/analysis/frames.js'

const RUNS = 300

/** Experiments 1 to 4 of 300 runs each: run `r` is in experiment `1 + floor(r / 300)`. Notes what it was asked. */
class NotingSource implements FrameSource {
  readonly asked: string[] = []

  readFrame(experiment: number): RunFrame | null {
    this.asked.push(`read ${experiment}`)
    if (experiment > 4) return null
    const frame = new RunFrame(experiment, String(experiment), 'file:')
    for (let i = 0; i < RUNS; i++) put(frame, (experiment - 1) * RUNS + i)
    frame.settle()
    return frame
  }

  patchFrame(frame: RunFrame, run: number): void {
    this.asked.push(`patch ${frame.experiment} ${run}`)
    put(frame, run)
  }

  experimentOf(run: number): number | undefined {
    return 1 + Math.floor(run / RUNS)
  }

  /** What it was asked since the last time. */
  taken(): string[] {
    return this.asked.splice(0)
  }
}

function put(frame: RunFrame, run: number): void {
  frame.put({
    run,
    runId: `run ${run}`,
    name: 'n',
    userId: 'u',
    status: 'RUNNING',
    startTime: run,
    endTime: null,
    deleted: false,
  })
}

describe('frames in memory', () => {
  let source: NotingSource
  let oneFrame: number

  beforeEach(() => {
    source = new NotingSource()
    oneFrame = source.readFrame(1)!.bytes
    source.taken()
  })

  it('are read once, and left out where there is no such experiment', () => {
    const frames = new Frames(source)
    expect(frames.current([1, 9, 2]).map(({ experiment }) => experiment)).toEqual([1, 2])
    frames.current([2, 1])
    expect(source.taken()).toEqual(['read 1', 'read 9', 'read 2'])
  })

  it('are forgotten past their budget, those first that were used least recently', () => {
    const frames = new Frames(source, oneFrame * 2.5)
    for (const experiment of [1, 2, 1, 3]) frames.current([experiment])
    expect([...frames.held.keys()]).toEqual([1, 3])
    source.taken()
    frames.current([2])
    expect(source.taken()).toEqual(['read 2'])
    expect([...frames.held.keys()]).toEqual([3, 2])
  })

  it('stay while a search needs them, however many they are', () => {
    const frames = new Frames(source, 1)
    expect(frames.current([1, 2, 3, 4])).toHaveLength(4)
    expect(frames.current([2])).toHaveLength(1)
    expect([...frames.held.keys()]).toEqual([2])
  })

  it('are patched run by run after few changes, and read again after many', () => {
    const frames = new Frames(source)
    frames.current([1, 2])
    source.taken()
    frames.touch([5, 301, 5, 299, 900])
    frames.current([1])
    expect(source.taken().sort()).toEqual(['patch 1 299', 'patch 1 5', 'patch 2 301'])
    frames.touch(Array.from({ length: RUNS / 2 + 1 }, (_, i) => i))
    frames.current([1])
    expect(source.taken()).toEqual(['read 1'])
    frames.current([1])
    expect(source.taken()).toEqual([])
  })
})
