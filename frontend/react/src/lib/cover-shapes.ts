import type { Palette } from './cover-palette';

/** A path of a cover, in a drawing 200 wide and 300 high. */
export interface Shape {
  d: string;
  fill?: string;
  stroke?: string;
  width?: number;
  opacity?: number;
}

type Draw = () => number;
export type Motif = (draw: Draw, palette: Palette) => Shape[];

const W = 200;
const H = 300;
const r = (value: number): number => Math.round(value * 10) / 10;
const between = (draw: Draw, low: number, high: number): number => low + draw() * (high - low);

const circle = (x: number, y: number, radius: number): string =>
  `M${r(x - radius)} ${r(y)}` +
  `a${r(radius)} ${r(radius)} 0 1 0 ${r(2 * radius)} 0a${r(radius)} ${r(radius)} 0 1 0 ${r(-2 * radius)} 0z`;
const box = (x: number, y: number, w: number, h: number): string => `M${r(x)} ${r(y)}h${r(w)}v${r(h)}h${r(-w)}z`;
const polygon = (points: [number, number][]): string => `M${points.map(([x, y]) => `${r(x)} ${r(y)}`).join('L')}z`;
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

const sun: Motif = (draw, [, quiet, middle, loud]) => {
  const x = between(draw, 60, 140);
  const radius = between(draw, 42, 66);
  const horizon = between(draw, 165, 190);
  return [
    { d: circle(x, horizon - radius * 0.55, radius), fill: loud },
    { d: box(0, horizon, W, H - horizon), fill: middle },
    ...times(5, (i) => ({ d: box(0, horizon - 4 - i * 11, W, 4.4 - i * 0.7), fill: quiet, opacity: 0.8 })),
    {
      d:
        `M0 ${r(horizon + 26)}Q${r(between(draw, 40, 90))} ${r(horizon - 12)} 120 ${r(horizon + 22)}` +
        `T${W} ${r(horizon + 14)}V${H}H0z`,
      fill: quiet,
    },
  ];
};

const rings: Motif = (draw, [ground, quiet, middle, loud]) => {
  const x = between(draw, 20, 180);
  const y = between(draw, 60, 180);
  const step = between(draw, 17, 25);
  return times(9, (i) => 9 - i).map((n) => ({
    d: circle(x, y, n * step),
    fill: n === 1 ? loud : [quiet, ground, middle][n % 3],
    opacity: n === 1 ? 1 : 0.95,
  }));
};

const rays: Motif = (draw, [, quiet, middle, loud]) => {
  const x = between(draw, 30, 170);
  const y = between(draw, 110, 210);
  const count = 9 + Math.floor(draw() * 6);
  const turn = draw();
  const at = (angle: number): [number, number] => [x + 400 * Math.cos(angle), y + 400 * Math.sin(angle)];
  return [
    ...times(count, (i) => {
      const angle = ((i + turn) / count) * 2 * Math.PI;
      return { d: polygon([[x, y], at(angle), at(angle + Math.PI / count)]), fill: i % 2 ? middle : quiet };
    }),
    { d: circle(x, y, between(draw, 22, 40)), fill: loud },
  ];
};

const blinds: Motif = (draw, [, quiet, middle, loud]) => {
  const lean = between(draw, -60, 60);
  const from = between(draw, 20, 70);
  return [
    {
      d: polygon([
        [from, 0],
        [from + 95, 0],
        [from + 95 + lean, H],
        [from + lean, H],
      ]),
      fill: middle,
    },
    { d: circle(from + 50 + lean * 0.4, 120, between(draw, 26, 38)), fill: loud },
    ...times(17, (i) => ({ d: box(0, i * 18, W, 7.5), fill: quiet })),
  ];
};

const waves: Motif = (draw, [, quiet, middle, loud]) => {
  const phase = draw() * 6;
  const tall = between(draw, 12, 22);
  const line = (y: number, shift: number): string =>
    times(9, (i) => `${i * 25} ${r(y + tall * Math.sin(phase + shift + i * 0.9))}`).join('L');
  return [
    { d: circle(between(draw, 50, 150), between(draw, 60, 95), between(draw, 24, 40)), fill: loud },
    ...times(7, (i) => ({
      d: `M0 ${H}L${line(110 + i * 24, i * 1.1)}L${W} ${H}z`,
      fill: i % 2 ? middle : quiet,
      opacity: r(1 - i * 0.06),
    })),
  ];
};

const peaks: Motif = (draw, [, quiet, middle, loud]) => {
  const ridge = (base: number, rough: number): string =>
    polygon([
      [0, H],
      ...times(7, (i): [number, number] => [i * 34 - 2, base - (i % 2 ? rough : 0) - draw() * rough]),
      [W, H],
    ]);
  return [
    { d: circle(between(draw, 40, 160), between(draw, 45, 90), between(draw, 16, 30)), fill: loud },
    { d: ridge(165, 42), fill: quiet },
    { d: ridge(200, 34), fill: middle },
    { d: ridge(235, 24), fill: quiet, opacity: 0.7 },
  ];
};

const skyline: Motif = (draw, [, quiet, middle, loud]) => {
  const shapes: Shape[] = [
    { d: circle(between(draw, 40, 160), between(draw, 55, 100), between(draw, 24, 42)), fill: loud },
  ];
  for (let x = -4; x < W;) {
    const wide = between(draw, 20, 38);
    const top = between(draw, 80, 190);
    const tower = draw() > 0.5 ? quiet : middle;
    shapes.push({ d: box(x, top, wide - 2, H - top), fill: tower });
    const lit: string[] = [];
    for (let y = top + 9; y < H - 20; y += 13) {
      for (let column = x + 5; column < x + wide - 8; column += 8) if (draw() > 0.62) lit.push(box(column, y, 4, 6));
    }
    if (lit.length) shapes.push({ d: lit.join(''), fill: loud, opacity: 0.75 });
    x += wide;
  }
  return shapes;
};

const halftone: Motif = (draw, [, quiet, middle, loud]) => {
  const x = between(draw, 40, 160);
  const y = between(draw, 70, 170);
  const dots = (fill: string, shift: number, reach: number): Shape => ({
    fill,
    d: times(13, (row) => row)
      .flatMap((row) => times(9, (column): [number, number] => [column * 25 + shift, row * 25 + shift]))
      .map(([cx, cy]) => [cx, cy, 12.5 * (1 - Math.hypot(cx - x, cy - y) / reach)] as const)
      .filter(([, , radius]) => radius > 1)
      .map(([cx, cy, radius]) => circle(cx, cy, radius))
      .join(''),
  });
  return [{ d: circle(x, y, between(draw, 60, 90)), fill: quiet }, dots(middle, 0, 210), dots(loud, 12.5, 120)];
};

const slashes: Motif = (draw, [, quiet, middle, loud]) => {
  const lean = between(draw, 50, 120) * (draw() > 0.5 ? 1 : -1);
  return times(7, (i) => {
    const x = -80 + i * 48 + draw() * 20;
    const wide = between(draw, 8, 34);
    return {
      d: polygon([
        [x, 0],
        [x + wide, 0],
        [x + wide + lean, H],
        [x + lean, H],
      ]),
      fill: [quiet, middle, quiet, loud][i % 4],
    };
  });
};

const tiles: Motif = (draw, [, quiet, middle, loud]) =>
  times(24, (i) => {
    const x = (i % 4) * 50;
    const y = Math.floor(i / 4) * 50;
    const fill = [quiet, middle, loud, quiet][Math.floor(draw() * 4)];
    const corner = Math.floor(draw() * 6);
    const quarters = [
      `M${x} ${y}h50a50 50 0 0 1-50 50z`,
      `M${x + 50} ${y}v50a50 50 0 0 1-50-50z`,
      `M${x + 50} ${y + 50}h-50a50 50 0 0 1 50-50z`,
      `M${x} ${y + 50}v-50a50 50 0 0 1 50 50z`,
      circle(x + 25, y + 25, 15),
      polygon([
        [x, y],
        [x + 50, y],
        [x, y + 50],
      ]),
    ];
    return { d: quarters[corner] ?? '', fill };
  });

const spiral: Motif = (draw, [, quiet, middle, loud]) => {
  const x = between(draw, 70, 130);
  const y = between(draw, 90, 150);
  const turn = draw() * 6;
  const way = draw() > 0.5 ? 1 : -1;
  const step = between(draw, 0.8, 1.6);
  const width = step * between(draw, 5, 10);
  const arm = (shift: number): string =>
    `M${times(150, (i) => {
      const angle = turn + shift + i * 0.128 * way;
      const radius = 2 + i * step;
      return `${r(x + radius * Math.cos(angle))} ${r(y + radius * Math.sin(angle))}`;
    }).join('L')}`;
  return [
    { d: arm(0), stroke: middle, width: r(width) },
    { d: arm(Math.PI), stroke: quiet, width: r(width) },
    { d: circle(x, y, 11), fill: loud },
  ];
};

const discs: Motif = (draw, [, quiet, middle, loud]) => {
  const y = between(draw, 95, 140);
  const radius = between(draw, 50, 66);
  const apart = between(draw, 22, 40);
  return [
    { d: circle(between(draw, 20, 180), between(draw, 20, 60), between(draw, 70, 110)), fill: quiet, opacity: 0.6 },
    { d: circle(100 - apart, y, radius), fill: middle },
    { d: circle(100 + apart, y + between(draw, -14, 14), radius), fill: loud, opacity: 0.82 },
  ];
};

const frames: Motif = (draw, [ground, quiet, middle, loud]) => {
  const special = Math.floor(draw() * 12);
  return [
    { d: box(14, 0, 172, H), fill: quiet },
    ...times(12, (i) => ({
      d: box(32 + (i % 2) * 70, 8 + Math.floor(i / 2) * 50, 64, 42),
      fill: i === special ? loud : i % 3 ? middle : ground,
    })),
    { d: times(22, (i) => box(19, 4 + i * 14, 7, 8) + box(174, 4 + i * 14, 7, 8)).join(''), fill: ground },
  ];
};

const teeth: Motif = (draw, [, quiet, middle, loud]) => {
  const count = 6 + Math.floor(draw() * 4);
  const wide = W / count;
  const row = (base: number, length: number): string =>
    polygon([
      [0, 0],
      ...times(count, (i): [number, number][] => [
        [i * wide, base],
        [(i + 0.5) * wide, base + length * (0.5 + draw() * 0.6)],
      ]).flat(),
      [W, base],
      [W, 0],
    ]);
  const y = between(draw, 150, 185);
  return [
    { d: row(70, 95), fill: quiet },
    { d: row(34, 80), fill: middle },
    { d: `M${r(between(draw, 40, 60))} ${r(y)}Q100 ${r(y - 44)} 152 ${r(y)}Q100 ${r(y + 44)} 48 ${r(y)}z`, fill: loud },
    { d: circle(100, y, 14), fill: middle },
  ];
};

const planet: Motif = (draw, [, quiet, middle, loud]) => {
  const x = between(draw, 60, 140);
  const y = between(draw, 90, 150);
  const radius = between(draw, 36, 58);
  const tilt = between(draw, -26, 26);
  return [
    { d: times(38, () => circle(draw() * W, draw() * H, 0.5 + draw() * 1.4)).join(''), fill: loud },
    { d: circle(x, y, radius), fill: middle },
    {
      d:
        `M${r(x - radius)} ${r(y)}a${r(radius)} ${r(radius)} 0 0 0 ${r(radius * 2)} 0` +
        `q${r(-radius)} ${r(radius * 0.7)} ${r(-radius * 2)} 0z`,
      fill: quiet,
    },
    {
      d: `M${r(x - radius * 1.7)} ${r(y + tilt)}Q${r(x)} ${r(y + radius * 0.9)} ${r(x + radius * 1.7)} ${r(y - tilt)}`,
      stroke: loud,
      width: 5,
    },
  ];
};

const MOTIFS: Record<string, readonly Motif[]> = {
  Action: [rays, slashes, halftone, skyline],
  Adventure: [peaks, sun, waves, rays],
  Animation: [tiles, discs, halftone, rays],
  Children: [tiles, sun, discs, waves],
  Comedy: [tiles, discs, halftone, rays],
  Crime: [skyline, slashes, blinds, spiral],
  Documentary: [frames, rings, halftone],
  Drama: [discs, waves, skyline, rings, sun],
  Fantasy: [peaks, planet, spiral, rays],
  'Film-Noir': [blinds, skyline, spiral],
  Horror: [teeth, spiral, slashes],
  IMAX: [planet, rings, waves],
  Musical: [rays, discs, tiles, rings],
  Mystery: [spiral, blinds, rings],
  Romance: [discs, waves, sun],
  'Sci-Fi': [planet, rings, halftone, spiral],
  Thriller: [slashes, spiral, blinds, rings],
  War: [slashes, rays, peaks],
  Western: [sun, peaks, rays],
};
const OTHERS: readonly Motif[] = [rings, frames, waves, discs];

export function motifFor(genre: string | undefined, draw: Draw): Motif {
  const motifs = (genre && MOTIFS[genre]) || OTHERS;
  return motifs[Math.floor(draw() * motifs.length)] ?? rings;
}
