/** A message's value, and what of it moves instead of being copied. */
export interface Parcel<T> {
  readonly value: T
  readonly transfer: Transferable[]
}

/**
 * Makes a value ready for `postMessage`: buffers of typed arrays and message ports move. A view of a part of
 * a buffer, and shared memory, are copied first, so that nothing else of the buffer moves or is sent along.
 * The sender must not use the arrays afterwards.
 */
export function pack<T>(value: T): Parcel<T> {
  const transfer = new Set<Transferable>()
  return { value: packed(value, transfer) as T, transfer: [...transfer] }
}

/** The same for a list of unlike things, as the arguments of a call are. */
export function packEach(values: readonly unknown[]): Parcel<unknown[]> {
  const transfer = new Set<Transferable>()
  return { value: values.map((value) => packed(value, transfer)), transfer: [...transfer] }
}

function packed(value: unknown, transfer: Set<Transferable>): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) return moved(value, transfer)
  if (isPort(value)) {
    transfer.add(value)
    return value
  }
  if (Array.isArray(value))
    return mayHoldBinary(value) ? value.map((item) => packed(item, transfer)) : value
  return isPlain(value) ? packedObject(value, transfer) : value
}

function packedObject(value: object, transfer: Set<Transferable>): unknown {
  let copy: Record<string, unknown> | null = null
  for (const [name, member] of Object.entries(value)) {
    const ready = packed(member, transfer)
    if (ready !== member) (copy ??= { ...value })[name] = ready
  }
  return copy ?? value
}

function moved(view: ArrayBufferView, transfer: Set<Transferable>): ArrayBufferView {
  const own = isWhole(view) ? view : copied(view)
  transfer.add(own.buffer as ArrayBuffer)
  return own
}

function isWhole(view: ArrayBufferView): boolean {
  return view.buffer instanceof ArrayBuffer && view.byteLength === view.buffer.byteLength
}

function copied(view: ArrayBufferView): ArrayBufferView {
  if (!(view instanceof DataView)) return (view as Uint8Array).slice()
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  return new DataView(bytes.slice().buffer)
}

/** Lists are of one kind, so that the first item tells; walking 10,000 rows of plain data would be in vain. */
function mayHoldBinary(list: readonly unknown[]): boolean {
  const [first] = list
  if (typeof first !== 'object' || first === null) return false
  return (
    ArrayBuffer.isView(first) || Object.values(first).some((member) => ArrayBuffer.isView(member))
  )
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function isPort(value: object): value is MessagePort {
  return typeof MessagePort !== 'undefined' && value instanceof MessagePort
}
