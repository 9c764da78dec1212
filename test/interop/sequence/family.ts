import { pick } from '../../helpers/random-runs.js'
import type { Draft } from './call.js'
import type { World } from './world.js'

/** Makes a call out of what is there; null where there is nothing yet to make it of. */
export type Maker = (world: World) => Draft | null

/** Calls that belong together, each with how often it comes beside the others. */
export interface Family {
  readonly name: string
  /** How often this family's turn comes beside the others'. */
  readonly weight: number
  readonly makers: readonly (readonly [weight: number, make: Maker])[]
  /** Calls that read all of what the family's calls may have written, for the end. */
  readonly readAll?: (world: World) => readonly Draft[]
}

/** One of these, each as often as its weight says. */
export function weighted<T>(random: () => number, items: readonly (readonly [number, T])[]): T {
  const total = items.reduce((sum, [weight]) => sum + weight, 0)
  let at = random() * total
  for (const [weight, item] of items) if ((at -= weight) < 0) return item
  return pick(random, items)[1]
}
