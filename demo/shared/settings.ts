/** What a training run can be told; every one of them is logged as a param. */
export interface TrainSettings {
  readonly learningRate: number
  readonly hiddenUnits: number
  readonly batchSize: number
  readonly epochs: number
  /** Decides the first weights and the order of the examples, and so all the numbers. */
  readonly seed: number
}

/** The settings as the params of a run, in MLflow's spelling. */
export function settingsToParams(settings: TrainSettings): Record<string, number | string> {
  return {
    optimizer: 'adam',
    learning_rate: settings.learningRate,
    hidden_units: settings.hiddenUnits,
    batch_size: settings.batchSize,
    epochs: settings.epochs,
    seed: settings.seed,
  }
}

/** A short name that tells the children of a sweep apart: `lr 0.01, 64 units`. */
export function settingsToName({ learningRate, hiddenUnits }: TrainSettings): string {
  return `lr ${learningRate}, ${hiddenUnits} units`
}

/** Every combination of the learning rates and hidden layers, over settings that stay the same. */
export function settingsGrid(
  base: TrainSettings,
  learningRates: readonly number[],
  hiddenUnits: readonly number[],
): TrainSettings[] {
  return learningRates.flatMap((learningRate) =>
    hiddenUnits.map((units) => ({ ...base, learningRate, hiddenUnits: units })),
  )
}

/** How many batches a training of `examples` rows takes in all. */
export function batchesIn(settings: TrainSettings, examples: number): number {
  return settings.epochs * Math.ceil(examples / settings.batchSize)
}
