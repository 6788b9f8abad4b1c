import type { Evaluation, Model } from '../api/client';

export interface Compared {
  metric: string;
  value: number;
  baseline: number;
}

/** The lengths of lists that the versions were measured on. */
export function lengthsOf(models: readonly Model[]): number[] {
  const lengths = models.flatMap(({ metrics }) => metrics.map(({ k }) => k)).filter((k) => typeof k === 'number');
  return [...new Set(lengths)].sort((a, b) => a - b);
}

/** Measures at a length that both the model and the baseline have, the one that is optimised first. */
export function comparedAt(metrics: readonly Evaluation[], k: number): Compared[] {
  const order = ['ndcg', 'recall', 'precision', 'hit_rate', 'map', 'mrr', 'coverage', 'novelty', 'popularity_bias'];
  const place = (metric: string): number => (order.indexOf(metric) + order.length + 1) % (order.length + 1);
  return metrics
    .filter((one) => one.k === k)
    .flatMap(({ metric, value, baseline }) =>
      typeof value === 'number' && typeof baseline === 'number' ? [{ metric, value, baseline }] : [],
    )
    .sort((a, b) => place(a.metric) - place(b.metric));
}

export const valueAt = (model: Model, metric: string, k: number): number | null =>
  model.metrics.find((one) => one.metric === metric && one.k === k)?.value ?? null;

/** A hyper-parameter as the run recorded it; older runs may lack some. */
export function parameter(model: Model, name: string): string | number | null {
  if (typeof model.parameters !== 'object' || model.parameters === null) return null;
  const value = (model.parameters as Record<string, unknown>)[name];
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
