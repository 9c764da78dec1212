/** Of ten; the last that a double holds exactly. */
const MOST_PLACES = 22
const POWERS = Float64Array.from({ length: MOST_PLACES + 1 }, (_, places) => Number(`1e${places}`))
/** Takes a double apart into two of 26 bits: T. J. Dekker, A floating-point technique, 1971. */
const SPLITTER = 2 ** 27 + 1
/** More than what the correction can be wrong by, relative to itself. */
const DOUBT = 2 ** -50

/**
 * The double nearest to (high * 10^shift + low) / 10^places, `high` below 10^9, `low` below 10^shift, `shift` at most 8: a
 * decimal of up to 17 digits, the form in which doubles are written. NaN where this way cannot tell, which is rare.
 */
export function decimalToDouble(high: number, low: number, shift: number, places: number): number {
  if (places < 0 || places > MOST_PLACES) return NaN
  // Exact: 10^8 takes 19 bits beside its powers of two.
  const whole = high * POWERS[shift]!
  const sum = whole + low
  const left = low - (sum - whole)
  const power = POWERS[places]!
  const quotient = sum / power
  if (left === 0) return quotient
  const correction = (remainder(sum, quotient, power) + left) / power
  const doubt = Math.abs(correction) * DOUBT
  const least = quotient + (correction - doubt)
  return least === quotient + (correction + doubt) ? least : NaN
}

/** sum - quotient * power, exactly. */
function remainder(sum: number, quotient: number, power: number): number {
  const product = quotient * power
  const [a, b] = [SPLITTER * quotient, SPLITTER * power]
  const [aHigh, bHigh] = [a - (a - quotient), b - (b - power)]
  const [aLow, bLow] = [quotient - aHigh, power - bHigh]
  const lost = aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow)
  return sum - product - lost
}
