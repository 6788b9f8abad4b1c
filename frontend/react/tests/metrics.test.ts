import { expect, test } from 'vitest';
import type { Model } from '../src/api/client';
import { comparedAt, lengthsOf, parameter, valueAt } from '../src/lib/metrics';

const model: Model = {
  version: 3,
  run_id: 'run',
  is_live: true,
  users: 1,
  movies: 1,
  parameters: { rank: 64, objective: 'implicit', cg_steps: null },
  metrics: [
    { metric: 'recall', k: 10, value: 0.2, baseline: 0.1 },
    { metric: 'serendipity', k: 10, value: 1, baseline: 1 },
    { metric: 'ndcg', k: 10, value: 0.12, baseline: 0.08 },
    { metric: 'ndcg', k: 50, value: 0.16, baseline: 0.1 },
    { metric: 'compared_ndcg', k: 10, value: 0.11, baseline: null },
    { metric: 'gate_open', k: null, value: 1, baseline: null },
  ],
};

test('only measures that the baseline has are compared, the optimised one first, unknown ones last', () => {
  expect(comparedAt(model.metrics, 10).map(({ metric }) => metric)).toEqual(['ndcg', 'recall', 'serendipity']);
});

test('the lengths of lists are those that were measured', () => {
  expect(lengthsOf([model, model])).toEqual([10, 50]);
  expect(lengthsOf([])).toEqual([]);
});

test('what a version lacks is null', () => {
  expect([valueAt(model, 'ndcg', 50), valueAt(model, 'ndcg', 5)]).toEqual([0.16, null]);
  expect([parameter(model, 'rank'), parameter(model, 'cg_steps'), parameter(model, 'seed')]).toEqual([64, null, null]);
  expect(parameter({ ...model, parameters: null }, 'rank')).toBeNull();
});
