/** Names that are devices on Windows, whatever their ending (Microsoft, "Naming Files, Paths, and Namespaces"). */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i

/** A folder by the names in it. */
interface Named {
  readonly folders: ReadonlyMap<string, Named>
  readonly files: ReadonlyMap<string, unknown>
}

/** A name that is taken, but that not every disk could hold. */
export interface OddName {
  readonly path: string
  readonly reason: string
}

/** Names below a folder that differ from one beside them in case alone, and those of devices. */
export function* oddNames(folder: Named, above = ''): Generator<OddName, void, undefined> {
  const known = new Map<string, string>()
  for (const name of [...folder.folders.keys(), ...folder.files.keys()]) {
    const path = `${above}${name}`
    const folded = name.normalize('NFC').toLowerCase()
    const other = known.get(folded)
    known.set(folded, other ?? name)
    if (other !== undefined)
      yield {
        path,
        reason: `It was taken, as was '${other}' beside it, which differs in case alone.`,
      }
    if (DEVICE.test(name))
      yield { path, reason: 'It was taken, though it has the name of a device on Windows.' }
  }
  for (const [name, inner] of folder.folders) yield* oddNames(inner, `${above}${name}/`)
}
