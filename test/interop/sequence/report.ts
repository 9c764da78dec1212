import { shorten, showCall } from './call.js'
import { print } from './normalise.js'
import type { Played } from './play.js'

const RELATED = 5
const SHOWN = 6

/** A difference as a person wants to see it: the call, how the answers differ, what came before it. */
export function describeDifference(played: readonly Played[], one: Played, seed: number): string {
  return [
    `seed ${seed}, call ${one.number}: ${showCall(one.call)}`,
    ...differences(one.theirs, one.ours).slice(0, SHOWN),
    '  before it:',
    ...relatedTo(played, one)
      .slice(-RELATED)
      .map(
        ({ number, call, theirs }) =>
          `    ${number} [${theirs.status}] ${shorten(showCall(call), 240)}`,
      ),
  ].join('\n')
}

/** The calls before this one that touched something that it touches. */
export function relatedTo(played: readonly Played[], { number, call }: Played): Played[] {
  const about = new Set(call.about)
  return played
    .slice(0, number)
    .filter(
      (one) => one.call.route.reads !== true && one.call.about.some((name) => about.has(name)),
    )
}

/** Where two answers differ, each place with both values. */
function differences(theirs: unknown, ours: unknown, path = ''): string[] {
  if (print(theirs) === print(ours)) return []
  if (isTree(theirs) && isTree(ours)) {
    const names = new Set([...Object.keys(theirs), ...Object.keys(ours)])
    return [...names].flatMap((name) =>
      differences(theirs[name as never], ours[name as never], `${path}.${name}`),
    )
  }
  const [there, here] = [theirs, ours].map((one) => shorten(String(print(one)), 300))
  return [`  ${path.slice(1)}`, `    MLflow:   ${there}`, `    tracklet: ${here}`]
}

function isTree(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
