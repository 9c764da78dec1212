import type { Locator, Page } from 'playwright'
import type { Run } from '../../../src/entities/run.js'
import type { Store } from '../../../src/store/store.js'
import { NAMES, type Filled } from './fill-store.js'

/** Something that a user changes in MLflow's pages. */
export interface UiWrite {
  readonly name: string
  /** What follows `#` in the address where it begins. */
  readonly hash: (filled: Filled) => string
  /** Clicks and types until the page has sent the change. */
  readonly act: (page: Page) => Promise<void>
  /** What is in the store then. */
  readonly read: (store: Store, filled: Filled) => Promise<unknown>
  readonly expected: unknown
}

const runPage = ({ experimentId, children }: Filled): string =>
  `/experiments/${experimentId}/runs/${children[0]}`
const runOf = (store: Store, { children }: Filled): Promise<Run> => store.getRun(children[0] ?? '')

/** In the order in which they are done. */
export const WRITES: readonly UiWrite[] = [
  {
    name: 'a run its name',
    hash: runPage,
    act: async (page) => {
      await page.getByTestId('overflow-menu-trigger').click()
      await page.getByTestId('overflow-rename-button').click()
      await page.getByTestId('rename-modal-input').fill('renamed here')
      await sent(page, 'runs/update', () => button(page, 'Save').click())
    },
    read: async (store, filled) => (await runOf(store, filled)).info.runName,
    expected: 'renamed here',
  },
  {
    name: 'a run a note',
    hash: runPage,
    act: async (page) => {
      await page.getByLabel('Edit description').click()
      await page.locator('textarea').first().fill('Written *here*.')
      await sent(page, 'runs/set-tag', () => button(page, 'Save').click())
      await page.getByText('Written here.').waitFor()
    },
    read: async (store, filled) => (await runOf(store, filled)).data.tags['mlflow.note.content'],
    expected: 'Written *here*.',
  },
  {
    name: 'a run its deletion',
    hash: runPage,
    act: async (page) => {
      await page.getByTestId('overflow-menu-trigger').click()
      await page.getByTestId('overflow-delete-button').click()
      await sent(page, 'runs/delete', () => button(page, 'Delete selected').click())
    },
    read: async (store, filled) => (await runOf(store, filled)).info.lifecycleStage,
    expected: 'deleted',
  },
  {
    name: 'a deleted run its restoration',
    hash: ({ experimentId }) =>
      `/experiments/${experimentId}/runs?lifecycleFilter=Deleted&searchFilter=` +
      encodeURIComponent("attributes.run_name = 'renamed here'"),
    act: async (page) => {
      await page.getByText('1 matching run').waitFor()
      await page.getByLabel('Press Space to toggle row selection (unchecked)').first().check()
      await page.getByTestId('runs-restore-button').click()
      await sent(page, 'runs/restore', () =>
        page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click(),
      )
    },
    read: async (store, filled) => (await runOf(store, filled)).info.lifecycleStage,
    expected: 'active',
  },
  {
    name: 'the store an experiment',
    hash: () => '/experiments',
    act: async (page) => {
      await page.getByTestId('create-experiment-button').click()
      const dialog = page.getByRole('dialog')
      await dialog.locator('input').first().fill('made in a page')
      await sent(page, 'experiments/create', () => button(page, 'Create').click())
    },
    read: async (store) => (await store.getExperimentByName('made in a page'))?.lifecycleStage,
    expected: 'active',
  },
  {
    name: 'a version an alias',
    hash: () => `/models/${encodeURIComponent(NAMES.model)}/versions/1`,
    act: async (page) => {
      await page.getByRole('button', { name: 'Add', exact: true }).first().click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('combobox').fill('challenger')
      await page.keyboard.press('Enter')
      await sent(page, 'registered-models/alias', () => button(page, 'Save aliases').click())
    },
    read: async (store) => (await store.getRegisteredModel(NAMES.model)).aliases,
    expected: { champion: '2', challenger: '1' },
  },
]

/** The one in front. */
function button(page: Page, name: string): Locator {
  return page.getByRole('button', { name, exact: true }).last()
}

/** Resolves when the call that an act makes was answered. */
async function sent(page: Page, call: string, act: () => Promise<void>): Promise<void> {
  const answered = page.waitForResponse((response) => response.url().endsWith(`/mlflow/${call}`))
  await Promise.all([answered, act()])
}
