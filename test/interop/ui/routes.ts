import { NAMES, type Filled } from './fill-store.js'

/** A page of MLflow's, and what is to be seen there. */
export interface UiRoute {
  readonly name: string
  /** What follows `#`. */
  readonly hash: string
  /** Texts that are shown; `@` before one: in a frame within the page. */
  readonly texts: readonly string[]
  /** At least so many charts are drawn. */
  readonly charts?: number
  /** At least so many pictures of artifacts are drawn. */
  readonly pictures?: number
}

/** Pages that every change is tried with. */
export function firstRoutes(filled: Filled): readonly UiRoute[] {
  const { experimentId: e, parent, children } = filled
  const runs = `/experiments/${e}/runs`
  const compared = encodeURIComponent(JSON.stringify([parent, ...children]))
  return [
    { name: 'home', hash: '/', texts: [NAMES.experiment, NAMES.other] },
    { name: 'runs', hash: runs, texts: [NAMES.parent, 'mnist digits', '4 matching runs'] },
    { name: 'charts', hash: `${runs}?compareRunsMode=CHART`, texts: [NAMES.parent], charts: 2 },
    {
      name: 'run',
      hash: `${runs}/${parent}`,
      texts: [NAMES.parent, 'optimizer', 'val/loss', 'mnist digits', NAMES.model, 'Markdown'],
    },
    {
      name: 'run-metrics',
      hash: `${runs}/${parent}/model-metrics`,
      texts: ['accuracy', 'val/loss'],
      charts: 2,
      pictures: 1,
    },
    {
      name: 'text',
      hash: `${runs}/${parent}/artifacts/notes.txt`,
      texts: ['The first line of the notes.'],
    },
    {
      name: 'compare-runs',
      hash: `/compare-runs?runs=${compared}&experiments=["${e}"]`,
      texts: ['child 2', 'optimizer', 'accuracy'],
      charts: 1,
    },
    {
      name: 'version',
      hash: `/models/${encodeURIComponent(NAMES.model)}/versions/2`,
      texts: [NAMES.model, 'the second', 'champion', 'checked'],
    },
  ]
}

/** The others. */
export function furtherRoutes(filled: Filled): readonly UiRoute[] {
  const { experimentId: e, otherId, parent, children } = filled
  const runs = `/experiments/${e}/runs`
  const files = `${runs}/${parent}/artifacts`
  const filter = encodeURIComponent("params.lr != '0.05' and metrics.`val/loss` < 0.9")
  return [
    { name: 'experiments', hash: '/experiments', texts: [NAMES.experiment, NAMES.other] },
    {
      name: 'compare-experiments',
      hash: `/compare-experiments/s?experiments=["${e}","${otherId}"]`,
      texts: [NAMES.parent, 'elsewhere'],
    },
    {
      name: 'filter',
      hash: `${runs}?searchFilter=${filter}`,
      texts: [NAMES.parent, '3 matching runs'],
    },
    { name: 'deleted', hash: `${runs}?lifecycleFilter=Deleted`, texts: ['was deleted'] },
    { name: 'child', hash: `${runs}/${children[0]}`, texts: ['child 0', NAMES.parent] },
    { name: 'files', hash: files, texts: ['notes.txt', 'report.json', 'deep'] },
    { name: 'json', hash: `${files}/report.json`, texts: ['0.987'] },
    { name: 'csv', hash: `${files}/table.csv`, texts: ['grace', '0.85'] },
    { name: 'answers', hash: `${files}/eval/answers.json`, texts: ['three', 'output'] },
    {
      name: 'picture',
      hash: `${files}/plots/confusion.png`,
      texts: ['confusion.png'],
      pictures: 1,
    },
    { name: 'html', hash: `${files}/page.html`, texts: ['@A page of its own'] },
    { name: 'deep', hash: `${files}/deep/er/still/last.txt`, texts: ['deep down'] },
    {
      name: 'metric',
      hash: `/metric?runs=["${parent}"]&metric="accuracy"&experiments=["${e}"]&plot_metric_keys=["accuracy"]&plot_layout={}&x_axis=step`,
      texts: ['accuracy'],
      charts: 1,
    },
    { name: 'models', hash: '/models', texts: [NAMES.model] },
    {
      name: 'model',
      hash: `/models/${encodeURIComponent(NAMES.model)}`,
      texts: [NAMES.model, 'champion', 'Version 2'],
    },
  ]
}
