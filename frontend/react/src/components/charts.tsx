import { useWords } from '../i18n';
import type { Compared } from '../lib/metrics';

const WIDE = 240;

/** One measure: the model's bar above the baseline's, to the scale of the larger. */
export function CompareChart({ measure }: { measure: Compared }) {
  const { t, metric, fixed, signedPercent } = useWords();
  const { value, baseline } = measure;
  const most = Math.max(value, baseline, Number.EPSILON);
  const name = metric(measure.metric);
  const digits = most < 1 ? 3 : 2;
  const label = t('chart.compare', { metric: name, value: fixed(value, digits), baseline: fixed(baseline, digits) });
  return (
    <li className="chart">
      <h3>{name}</h3>
      <svg viewBox={`0 0 ${WIDE} 44`} preserveAspectRatio="none" role="img" aria-label={label}>
        <rect className="bar-ground" width={WIDE} height="18" rx="3" />
        <rect className="bar-model" width={(value / most) * WIDE} height="18" rx="3" />
        <rect className="bar-ground" y="26" width={WIDE} height="18" rx="3" />
        <rect className="bar-baseline" y="26" width={(baseline / most) * WIDE} height="18" rx="3" />
      </svg>
      <p className="chart-values" aria-hidden="true">
        <span className="value-model">{fixed(value, digits)}</span>
        <span className="value-baseline">{fixed(baseline, digits)}</span>
      </p>
      <p className="chart-change" aria-hidden="true">
        {baseline > 0 ? signedPercent(value / baseline - 1) : ''}
      </p>
    </li>
  );
}

export interface Point {
  label: string;
  value: number;
  live: boolean;
}

/** One measure over the versions, from zero, so that small changes look small. */
export function LineChart({ points, name }: { points: readonly Point[]; name: string }) {
  const { t, fixed } = useWords();
  const high = Math.max(...points.map(({ value }) => value), Number.EPSILON) * 1.3;
  const x = (i: number): number => (points.length < 2 ? 170 : 50 + (i / (points.length - 1)) * 240);
  const y = (value: number): number => 130 - (value / high) * 115;
  const label = points.map(({ label: version, value }) =>
    t('chart.value', { metric: version, value: fixed(value, 3) }),
  );
  return (
    <svg className="line-chart" viewBox="0 0 320 160" role="img" aria-label={`${name}. ${label.join('; ')}`}>
      {[0, 0.5, 1].map((share) => (
        <g key={share}>
          <path className="grid-line" d={`M34 ${y(high * share)}H310`} />
          <text className="axis" x="30" y={y(high * share) + 3} textAnchor="end">
            {fixed(high * share, 2)}
          </text>
        </g>
      ))}
      <path className="line" d={`M${points.map(({ value }, i) => `${x(i)} ${y(value)}`).join('L')}`} />
      {points.map((point, i) => (
        <g key={point.label}>
          <circle className={point.live ? 'dot live' : 'dot'} cx={x(i)} cy={y(point.value)} r={point.live ? 5 : 4} />
          <text className="axis" x={x(i)} y={y(point.value) - 9} textAnchor="middle">
            {fixed(point.value, 3)}
          </text>
          <text className="axis" x={x(i)} y="148" textAnchor="middle">
            {point.label}
          </text>
        </g>
      ))}
    </svg>
  );
}

/** Shares of a whole, side by side. */
export function ShareChart({ shares, label }: { shares: readonly { name: string; share: number }[]; label: string }) {
  let from = 0;
  return (
    <svg className="share-chart" viewBox="0 0 320 28" preserveAspectRatio="none" role="img" aria-label={label}>
      {shares.map(({ name, share }, i) => {
        const start = from;
        from += share * 320;
        return (
          <rect key={name} className={`share-${i % 5}`} x={start} width={Math.max(0, share * 320 - 1)} height="28" />
        );
      })}
    </svg>
  );
}
