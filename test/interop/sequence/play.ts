import { seededRandom } from '../../helpers/random.js'
import type { Call, Draft } from './call.js'
import { FAMILIES } from './families/index.js'
import { createQuarantine } from './families/experiments.js'
import { createQuarantinedRun } from './families/runs.js'
import { weighted } from './family.js'
import { agree, knownDifference, type Case } from './known-differences.js'
import { normalise, type Windows } from './normalise.js'
import { send, type Reply, type Side } from './side.js'
import { spoil, toCall } from './spoil.js'
import { World } from './world.js'

/** A call that both servers answered, and how they differ. */
export interface Played extends Case {
  readonly number: number
  /** The row that allows the difference; null where there is none, or none that is allowed. */
  readonly row: string | null
  readonly same: boolean
}

/** The two servers, empty at first. */
export interface Sides {
  readonly theirs: Side
  readonly ours: Side
}

/** Plays a whole sequence: its random calls, then those that read all that is there. */
export async function playSequence(sides: Sides, seed: number, length: number): Promise<Played[]> {
  const random = seededRandom(seed)
  const world = new World(random)
  const player = new Player(sides)
  const next = (draft: Draft): Promise<Played> => player.play(toCall(draft, random))
  await next(createQuarantine(world))
  await next(createQuarantinedRun(world, world.quarantine!))
  while (player.played.length < length) await next(spoil(someDraft(world), random))
  for (const { readAll } of FAMILIES) for (const draft of readAll?.(world) ?? []) await next(draft)
  return player.played
}

/** Plays calls as they are, on servers that are empty; what their ids stand for is found again. */
export async function replay(sides: Sides, calls: readonly Call[]): Promise<Played[]> {
  const player = new Player(sides)
  for (const call of calls) await player.play({ ...call, learn: () => undefined })
  return player.played
}

function someDraft(world: World): Draft {
  for (;;) {
    const family = weighted(
      world.random,
      FAMILIES.map((one) => [one.weight, one] as const),
    )
    const draft = weighted(world.random, family.makers)(world)
    if (draft !== null) return draft
  }
}

/** Plays calls one after another, each to both servers at once. */
class Player {
  readonly played: Played[] = []
  readonly #sides: Sides
  readonly #windows: [number, number][] = []

  constructor(sides: Sides) {
    this.#sides = sides
  }

  async play(call: Call): Promise<Played> {
    const { theirs, ours } = this.#sides
    const window = await this.#open()
    const [there, here] = await Promise.all([send(theirs, call), send(ours, call)])
    window[1] = Date.now()
    const body = there.status === 200 ? parse(there) : undefined
    if (body !== undefined) {
      if (call.binds !== undefined) {
        bind(theirs, call.binds, body)
        bind(ours, call.binds, parse(here))
      }
      call.learn?.(call.fields, body)
    }
    const windows: Windows = this.#windows
    const one = {
      call,
      theirs: normalise(there, { side: theirs, call, windows }),
      ours: normalise(here, { side: ours, call, windows }),
    }
    const same = agree(one)
    const row = same ? null : knownDifference(one)
    const played = { ...one, number: this.played.length, same, row }
    this.played.push(played)
    return played
  }

  /** A window of time that begins after the last one's end, in whole milliseconds. */
  async #open(): Promise<[number, number]> {
    const last = this.#windows.at(-1)?.[1] ?? 0
    while (Date.now() <= last) await new Promise((resolve) => setImmediate(resolve))
    const window: [number, number] = [Date.now(), Number.POSITIVE_INFINITY]
    this.#windows.push(window)
    return window
  }
}

function parse({ body }: Reply): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return {}
  }
}

function bind(side: Side, { symbol, path }: NonNullable<Call['binds']>, body: unknown): void {
  let value: unknown = body
  for (const name of path) value = (value as Record<string, unknown> | undefined)?.[name]
  if (typeof value === 'string') side.ids.set(symbol, value)
}
