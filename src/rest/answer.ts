/** A number that MLflow's schema has as a double: printed as `1.0`, `"NaN"`, clamped where infinite. */
export class Double {
  readonly value: number

  /** Any double; the wire form is `printAnswer`'s business. */
  constructor(value: number) {
    this.value = value
  }
}

/** JSON that is printed as it stands, null and empty lists too. It must be in ASCII. */
export class JsonText {
  readonly text: string

  /** Any JSON text. */
  constructor(text: string) {
    this.text = text
  }
}

/**
 * What an answer's field may hold: texts, booleans, integers (number or bigint), doubles, lists and objects.
 * Undefined, null and empty lists are left out of the JSON; empty texts and empty objects are not.
 */
export type AnswerValue =
  | string
  | boolean
  | number
  | bigint
  | Double
  | JsonText
  | null
  | undefined
  | readonly AnswerValue[]
  | Answer

/** A JSON answer before it is text: snake_case fields in MLflow's order. */
export interface Answer {
  readonly [field: string]: AnswerValue
}
