import { useSearchParams } from 'react-router';
import type { Model as ModelData } from '../api/client';
import { useExperiment, useModels } from '../api/queries';
import { CompareChart, LineChart, ShareChart } from '../components/charts';
import { Heading } from '../components/Heading';
import { EmptyState, ErrorState, LineSkeleton, useTitle } from '../components/states';
import { useWords } from '../i18n';
import { comparedAt, lengthsOf, parameter, valueAt } from '../lib/metrics';
import { withParam } from '../lib/query-string';
import './model.css';

export default function Model() {
  const { t } = useWords();
  useTitle(t('model.title'));
  const models = useModels();
  return (
    <div className="page model">
      <Heading>{t('model.title')}</Heading>
      <p className="lead">{t('model.lead')}</p>
      {models.isPending && <ModelSkeleton />}
      {models.isError && !models.data && <ErrorState error={models.error} retry={() => void models.refetch()} />}
      {models.data?.results.length === 0 && <EmptyState title={t('model.empty.title')} text={t('model.empty.text')} />}
      {models.data && models.data.results.length > 0 && <Shown models={models.data.results} />}
    </div>
  );
}

function ModelSkeleton() {
  return (
    <>
      <span className="skeleton block" />
      <span className="skeleton block tall" />
      <LineSkeleton lines={6} />
    </>
  );
}

function Shown({ models }: { models: ModelData[] }) {
  const [params, setParams] = useSearchParams();
  const lengths = lengthsOf(models);
  const asked = Number(params.get('k'));
  const k = lengths.includes(asked) ? asked : (lengths[0] ?? 10);
  const live = models.find((model) => model.is_live);
  return (
    <>
      {live && <Live model={live} />}
      <Experiment />
      {live && (
        <Quality
          model={live}
          k={k}
          lengths={lengths}
          change={(next) => setParams((now) => withParam(now, 'k', next))}
        />
      )}
      <Versions models={models} k={k} />
    </>
  );
}

function Live({ model }: { model: ModelData }) {
  const { t, number, dateTime, objective } = useWords();
  const asText = (value: string | number | null): string =>
    typeof value === 'number' ? number(value) : (value ?? '–');
  const facts: [string, string][] = [
    [t('model.version'), String(model.version)],
    [t('model.run'), model.run_id],
    [t('model.published'), model.published_at ? dateTime(model.published_at) : '–'],
    [t('model.users'), number(model.users)],
    [t('model.movies'), number(model.movies)],
    [t('model.objective'), objective(asText(parameter(model, 'objective')))],
    [t('model.rank'), asText(parameter(model, 'rank'))],
    [t('model.training'), asText(parameter(model, 'training_ratings'))],
  ];
  return (
    <section aria-labelledby="live">
      <h2 id="live">{t('model.live')}</h2>
      <dl className="tiles">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

interface QualityProps {
  model: ModelData;
  k: number;
  lengths: number[];
  change: (k: number) => void;
}

function Quality({ model, k, lengths, change }: QualityProps) {
  const { t } = useWords();
  const measures = comparedAt(model.metrics, k);
  return (
    <section aria-labelledby="quality">
      <h2 id="quality">{t('model.quality')}</h2>
      <p className="lead">{t('model.quality.lead')}</p>
      <div className="chart-head">
        <div className="chips" role="group" aria-labelledby="quality">
          {lengths.map((length) => (
            <button
              key={length}
              type="button"
              className="chip"
              aria-pressed={length === k}
              onClick={() => change(length)}
            >
              {t('model.lists', { k: length })}
            </button>
          ))}
        </div>
        <p className="legend">
          <span className="key-model">{t('model.this')}</span>
          <span className="key-baseline">{t('model.baseline')}</span>
        </p>
      </div>
      {measures.length === 0 ? (
        <EmptyState title={t('model.none')} />
      ) : (
        <ul className="charts">
          {measures.map((measure) => (
            <CompareChart key={measure.metric} measure={measure} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Versions({ models, k }: { models: ModelData[]; k: number }) {
  const { t, number, fixed, dateTime, metric } = useWords();
  const points = models
    .toReversed()
    .map((model) => ({ label: String(model.version), live: model.is_live, value: valueAt(model, 'ndcg', k) ?? NaN }))
    .filter(({ value }) => Number.isFinite(value));
  return (
    <section aria-labelledby="versions">
      <h2 id="versions">{t('model.history')}</h2>
      <p className="lead">{t('model.history.lead', { k })}</p>
      <div className="versions">
        {points.length > 0 && <LineChart points={points} name={metric('ndcg')} />}
        <div className="table" tabIndex={0} role="group" aria-labelledby="versions">
          <table>
            <thead>
              <tr>
                <th scope="col">{t('model.version')}</th>
                <th scope="col">{t('model.run')}</th>
                <th scope="col">{t('model.published')}</th>
                <th scope="col">{t('model.rank')}</th>
                <th scope="col">{metric('ndcg')}</th>
                <th scope="col">{t('model.users')}</th>
              </tr>
            </thead>
            <tbody>
              {models.map((model) => {
                const ndcg = valueAt(model, 'ndcg', k);
                return (
                  <tr key={model.version}>
                    <th scope="row">
                      {model.version}{' '}
                      <span className={model.is_live ? 'tag live' : 'tag'}>
                        {t(model.is_live ? 'model.state.live' : 'model.state.kept')}
                      </span>
                    </th>
                    <td>{model.run_id}</td>
                    <td>{model.published_at ? dateTime(model.published_at) : '–'}</td>
                    <td>{parameter(model, 'rank') ?? '–'}</td>
                    <td>{ndcg === null ? '–' : fixed(ndcg, 3)}</td>
                    <td>{number(model.users)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </div>
    </section>
  );
}

function Experiment() {
  const { t, percent, dateTime } = useWords();
  const experiment = useExperiment();
  const { name, started_at: since, variants = [] } = experiment.data ?? {};
  const share = (part: number, version: number): string =>
    t('model.experiment.share', { share: percent(part), version });
  return (
    <section className="experiment" aria-labelledby="experiment">
      <h2 id="experiment">{t('model.experiment')}</h2>
      {experiment.isPending && <LineSkeleton lines={2} />}
      {experiment.isError && !experiment.data && (
        <ErrorState error={experiment.error} retry={() => void experiment.refetch()} />
      )}
      {experiment.data && !name && <p>{t('model.experiment.none')}</p>}
      {name && (
        <>
          <p>{t('model.experiment.since', { name, since: since ? dateTime(since) : '–' })}</p>
          <ShareChart
            shares={variants}
            label={variants.map((one) => `${one.name}: ${percent(one.share)}`).join(', ')}
          />
          <ul className="legend">
            {variants.map((variant, i) => (
              <li key={variant.name} className={`key-${i % 5}`}>
                <strong>{variant.name}</strong> {share(variant.share, variant.version)}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
