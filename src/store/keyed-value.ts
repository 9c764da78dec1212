/** A dictionary key's id, with a value. */
export type KeyedValue = readonly [key: number, value: string]
