/** A row and how far it is. */
export interface Neighbour {
  readonly row: number
  readonly distance: number
}

/** The `k` nearest of the rows offered: a binary heap with the farthest kept row on top. */
export class NearestHeap {
  readonly #k: number
  readonly #rows: number[] = []
  readonly #distances: number[] = []

  constructor(k: number) {
    this.#k = k
  }

  /** Keeps the row if it is among the `k` nearest so far; of equally far ones the lower row is nearer. */
  offer(row: number, distance: number): void {
    const size = this.#rows.length
    if (size < this.#k) this.#rise(size, row, distance)
    else if (size > 0 && this.#isFarther(0, row, distance)) this.#sink(row, distance)
  }

  /** The kept rows, nearest first. */
  sorted(): Neighbour[] {
    return this.#rows
      .map((row, i) => ({ row, distance: this.#distances[i]! }))
      .sort((a, b) => a.distance - b.distance || a.row - b.row)
  }

  #isFarther(place: number, row: number, distance: number): boolean {
    const other = this.#distances[place]!
    return other > distance || (other === distance && this.#rows[place]! > row)
  }

  #rise(place: number, row: number, distance: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (this.#isFarther(parent, row, distance)) break
      this.#move(parent, place)
      place = parent
    }
    this.#put(place, row, distance)
  }

  #sink(row: number, distance: number): void {
    const size = this.#rows.length
    let place = 0
    for (let child = 1; child < size; child = place * 2 + 1) {
      const right = child + 1
      if (right < size && this.#isFarther(right, this.#rows[child]!, this.#distances[child]!))
        child = right
      if (!this.#isFarther(child, row, distance)) break
      this.#move(child, place)
      place = child
    }
    this.#put(place, row, distance)
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#rows[from]!, this.#distances[from]!)
  }

  #put(place: number, row: number, distance: number): void {
    this.#rows[place] = row
    this.#distances[place] = distance
  }
}
