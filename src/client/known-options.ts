import { invalid } from '../entities/invalid.js'

/** MLflow's names of options that have another one here. */
const RENAMED: Readonly<Record<string, string>> = {
  filterString: 'filter',
  runViewType: 'viewType',
}

/** INVALID_PARAMETER_VALUE for an option that `method` does not know: a filter that is passed over would list too much. */
export function checkKnown(method: string, options: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue
    const other = RENAMED[name]
    const hint =
      other !== undefined && known.includes(other)
        ? `It is called '${other}' here.`
        : `It takes ${known.join(', ')}.`
    throw invalid(`${method} knows no option '${name}'. ${hint}`)
  }
}
