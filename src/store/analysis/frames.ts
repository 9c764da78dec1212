import type { RunFrame } from '../../search/frame.js'

/** Where frames come from and are brought up to date. */
export interface FrameSource {
  /** All runs of an experiment; null where there is none such. */
  readFrame(experiment: number): RunFrame | null
  /** Reads a run anew into its frame. */
  patchFrame(frame: RunFrame, run: number): void
  /** The experiment of a run; undefined for a purged one. */
  experimentOf(run: number): number | undefined
}

const BUDGET_BYTES = 256 * 1024 * 1024
/** Reading a whole frame costs less than patching this share of its rows one by one. */
const REBUILD_SHARE = 1 / 2
const REBUILD_ROWS = 64

/**
 * The frames in memory: made when a search first needs them, patched at the next one after a change, forgotten, least
 * recently used first, past a number of bytes. `touch` is told of every run that a write has changed.
 */
export class Frames {
  readonly #source: FrameSource
  readonly #budget: number
  /** By experiment, least recently used first. */
  readonly #held = new Map<number, RunFrame>()
  readonly #touched = new Set<number>()

  /** Holds at most `budget` bytes, and always what the last search used. */
  constructor(source: FrameSource, budget = BUDGET_BYTES) {
    this.#source = source
    this.#budget = budget
  }

  /** The frames in memory. */
  get held(): ReadonlyMap<number, RunFrame> {
    return this.#held
  }

  /** Notes that these runs are not as the frames have them. */
  touch(runs: Iterable<number>): void {
    if (this.#held.size > 0) for (const run of runs) this.#touched.add(run)
  }

  /** Takes up a frame that was stored; `stale` are the runs that have changed since then. */
  adopt(frame: RunFrame, stale: Iterable<number>): void {
    if (this.#held.has(frame.experiment)) return
    this.#held.set(frame.experiment, frame)
    this.touch(stale)
  }

  /** The frames of these experiments as the state is now; those that do not exist are left out. */
  current(experiments: readonly number[]): RunFrame[] {
    this.#patch()
    const frames = experiments.map((experiment) => this.#take(experiment))
    this.#shrink(new Set(experiments))
    return frames.filter((frame) => frame !== null)
  }

  /** Brings every frame in memory up to date. */
  refresh(): void {
    this.#patch()
  }

  #take(experiment: number): RunFrame | null {
    const frame = this.#held.get(experiment) ?? this.#source.readFrame(experiment)
    this.#held.delete(experiment)
    if (frame !== null) this.#held.set(experiment, frame)
    return frame
  }

  #patch(): void {
    for (const [experiment, runs] of this.#byExperiment()) {
      const frame = this.#held.get(experiment)!
      if (runs.length > Math.max(REBUILD_ROWS, frame.length * REBUILD_SHARE))
        this.#held.delete(experiment)
      else {
        for (const run of runs) this.#source.patchFrame(frame, run)
        frame.settle()
      }
    }
    this.#touched.clear()
  }

  #byExperiment(): Map<number, number[]> {
    const groups = new Map<number, number[]>()
    for (const run of this.#touched) {
      const experiment = this.#source.experimentOf(run) ?? this.#holderOf(run)
      if (experiment === undefined || !this.#held.has(experiment)) continue
      const runs = groups.get(experiment)
      if (runs === undefined) groups.set(experiment, [run])
      else runs.push(run)
    }
    return groups
  }

  /** The experiment whose frame still has a purged run. */
  #holderOf(run: number): number | undefined {
    for (const [experiment, frame] of this.#held)
      if (frame.rowOf(run) !== undefined) return experiment
    return undefined
  }

  #shrink(inUse: ReadonlySet<number>): void {
    let bytes = 0
    for (const frame of this.#held.values()) bytes += frame.bytes
    for (const [experiment, frame] of this.#held) {
      if (bytes <= this.#budget) return
      if (inUse.has(experiment)) continue
      this.#held.delete(experiment)
      bytes -= frame.bytes
    }
  }
}
