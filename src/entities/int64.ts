/**
 * A 64-bit signed integer: a number while it is a safe integer, a bigint beyond 2^53 - 1.
 * Steps and timestamps are of this kind; MLflow's are int64.
 */
export type Int64 = number | bigint

/** Int64 values as one column: Float64Array while all are safe integers, else BigInt64Array. */
export type Int64Column = Float64Array | BigInt64Array
