import { BadRow } from './rows.js'

/** MLflow's workspace where none is named (mlflow/utils/workspace_utils.py). */
const DEFAULT = 'default'

/** The beginning of an order in which names of the default workspace come first; '' where there are none. */
export function workspaceOrder(hasWorkspaces: boolean): string {
  return hasWorkspaces ? `workspace <> '${DEFAULT}', workspace, ` : ''
}

/** Names that are unique within a workspace of MLflow's, made unique among all. */
export class WorkspaceNames {
  readonly #taken = new Set<string>()
  readonly #seen = new Set<string>()

  /** The name itself; with its workspace behind it, and told, where another workspace has it. BadRow for one that comes twice. */
  own(name: string, workspace: string | null, tell: (reason: string) => void): string {
    const full = JSON.stringify([workspace, name])
    const isTaken = this.#taken.has(name)
    const own = isTaken ? `${name} (${workspace ?? DEFAULT})` : name
    if (this.#seen.has(full) || this.#taken.has(own))
      throw new BadRow(`The name '${name.slice(0, 80)}' is there twice`)
    this.#seen.add(full)
    this.#taken.add(own)
    if (isTaken) tell(`Another workspace has the name '${name}': it is '${own}' here.`)
    return own
  }
}
