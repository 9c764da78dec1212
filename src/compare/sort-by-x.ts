/** Points as two columns of equal length. */
export interface Points {
  readonly x: Float64Array
  readonly y: Float64Array
}

/** The points by ascending x, equal ones in the order given; the same columns where they are in order. No NaN. */
export function sortByX(points: Points): Points {
  let starts = runStarts(points.x)
  if (starts.length <= 2) return points
  let from = points
  let to = freshPoints(points.x.length)
  // What was given is only read: from the second round on, there is a second pair to write to.
  let spare = starts.length > 3 ? freshPoints(points.x.length) : to
  while (starts.length > 2) {
    starts = mergeNeighbours(from, to, starts)
    from = to
    to = spare
    spare = from
  }
  return from
}

function freshPoints(count: number): Points {
  return { x: new Float64Array(count), y: new Float64Array(count) }
}

/** Where each stretch of ascending values begins, and at the end their count. */
function runStarts(x: Float64Array): Uint32Array {
  let runs = 1
  for (let i = 1; i < x.length; i++) if (x[i]! < x[i - 1]!) runs++
  const starts = new Uint32Array(runs + 1)
  let at = 1
  for (let i = 1; i < x.length; i++) if (x[i]! < x[i - 1]!) starts[at++] = i
  starts[runs] = x.length
  return starts
}

/** Merges every two stretches into one; gives where those begin. */
function mergeNeighbours(from: Points, to: Points, starts: Uint32Array): Uint32Array {
  const runs = starts.length - 1
  const merged = new Uint32Array(Math.ceil(runs / 2) + 1)
  for (let r = 0; r < runs; r += 2) {
    const middle = starts[r + 1]!
    merged[r / 2] = starts[r]!
    mergeTwo(from, to, starts[r]!, middle, r + 2 <= runs ? starts[r + 2]! : middle)
  }
  merged[merged.length - 1] = starts[runs]!
  return merged
}

function mergeTwo(from: Points, to: Points, start: number, middle: number, end: number): void {
  const { x, y } = from
  let a = start
  let b = middle
  for (let at = start; at < end; at++) {
    const i = b === end || (a < middle && x[a]! <= x[b]!) ? a++ : b++
    to.x[at] = x[i]!
    to.y[at] = y[i]!
  }
}
