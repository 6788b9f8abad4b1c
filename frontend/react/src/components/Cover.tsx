import { memo, useMemo } from 'react';
import { coverOf, HEIGHT, WIDTH } from '../lib/cover';

interface Props {
  title: string;
  year: number | null | undefined;
  genres: readonly string[];
  /** Read out for the drawing; left out where the title stands beside it. */
  name?: string;
}

export const Cover = memo(function Cover({ title, year, genres, name }: Props) {
  const cover = useMemo(() => coverOf(title, year, genres), [title, year, genres]);
  const naming = name ? { role: 'img', 'aria-label': name } : { 'aria-hidden': true };
  return (
    <svg className="cover" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} {...naming}>
      <rect width={WIDTH} height={HEIGHT} fill={cover.ground} />
      <g transform={cover.down ? `translate(0 ${cover.down})` : undefined}>
        {cover.shapes.map((shape, i) => (
          <path
            key={i}
            d={shape.d}
            fill={shape.fill ?? 'none'}
            stroke={shape.stroke}
            strokeWidth={shape.width}
            opacity={shape.opacity}
          />
        ))}
      </g>
      <rect {...cover.field} />
      <g fill={cover.ink}>
        {cover.lines.map((line) => (
          <text
            key={line.y}
            x={line.x}
            y={line.y}
            fontSize={line.size}
            fontWeight="700"
            textLength={line.length}
            lengthAdjust="spacingAndGlyphs"
          >
            {line.text}
          </text>
        ))}
        <text x={cover.year.x} y={cover.year.y} fontSize="12" letterSpacing="1.5">
          {cover.year.text}
        </text>
      </g>
    </svg>
  );
});
