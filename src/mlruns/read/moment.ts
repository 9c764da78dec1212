import { BadMeta } from './meta.js'

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/

/** A time such as `2026-11-21T04:02:27.212Z` in epoch milliseconds; what is finer is cut. BadMeta for what is none. */
export function toMoment(text: string): number {
  const time = MOMENT.test(text) ? Date.parse(text.replace(/(\.\d{3})\d+/, '$1')) : NaN
  if (Number.isNaN(time)) throw new BadMeta(`'${text.slice(0, 40)}' is no time`)
  return time
}
