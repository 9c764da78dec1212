import type { Int64Column } from '../entities/int64.js'

/** Which points of two histories belong together: `left[i]` of the one with `right[i]` of the other. */
export interface StepPairs {
  readonly left: Uint32Array
  readonly right: Uint32Array
}

/** For every step that both have, the last point of each. Steps must ascend. */
export function lastOfEachStep(a: Int64Column, b: Int64Column): StepPairs {
  return joinSteps(a, b, (i) => i + 1 === a.length || a[i + 1]! > a[i]!)
}

/** For every point of `a` the last of `b` at the same step, where there is one. Steps must ascend. */
export function partnerOfEachPoint(a: Int64Column, b: Int64Column): StepPairs {
  return joinSteps(a, b, () => true)
}

function joinSteps(a: Int64Column, b: Int64Column, takes: (i: number) => boolean): StepPairs {
  const left = new Uint32Array(a.length)
  const right = new Uint32Array(a.length)
  let count = 0
  let j = 0
  for (let i = 0; i < a.length && b.length > 0; i++) {
    const step = a[i]!
    while (j + 1 < b.length && b[j + 1]! <= step) j++
    // A number and a bigint of the same value are neither less nor greater, but not equal either.
    if (b[j]! < step || b[j]! > step || !takes(i)) continue
    left[count] = i
    right[count++] = j
  }
  return { left: left.subarray(0, count), right: right.subarray(0, count) }
}
