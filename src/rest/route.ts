import type { Store } from '../store/store.js'
import type { Answer } from './answer.js'
import type { Fields, Message } from './schema.js'

/** Methods that MLflow's protocol uses. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A version of MLflow's API, as its paths have it. */
export type ApiVersion = '2.0' | '3.0'

/** What a route answers out of. */
export interface RouteContext {
  readonly store: Store
  readonly request: Request
  /** What the `:params` of the path stand for, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
}

/** One route of MLflow's REST API. Made by `route`, which ties the types of fields to the message. */
export interface Route {
  readonly methods: readonly Method[]
  /** Below `/api/<version>/mlflow/`, such as `runs/get`; may hold `:params`. */
  readonly path: string
  /** `2.0` alone where absent. */
  readonly versions?: readonly ApiVersion[]
  /** True for what answers under `/ajax-api` only; else it answers under `/api` and `/ajax-api`. */
  readonly ajaxOnly?: boolean
  /** The request's fields, in the order in which what is wrong is told. */
  readonly needs: Message
  /** The answer, plain for JSON (see `Answer`). Throws TrackletError; what is thrown becomes MLflow's error answer. */
  answer(
    store: Store,
    fields: Readonly<Record<string, unknown>>,
    context: RouteContext,
  ): Promise<Answer | Response>
}

/** A route before its fields lose their types. */
export interface TypedRoute<M extends Message> extends Omit<Route, 'needs' | 'answer'> {
  readonly needs: M
  answer(store: Store, fields: Fields<M>, context: RouteContext): Promise<Answer | Response>
}

/** A route whose `answer` gets the fields that `needs` says, of their types. */
export function route<const M extends Message>(typed: TypedRoute<M>): Route {
  return {
    ...typed,
    // Sound because the handler makes the fields with `readFields(needs)`, whose type is Fields<M>.
    answer: (store, fields, context) => typed.answer(store, fields as Fields<M>, context),
  }
}
