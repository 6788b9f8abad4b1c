/** Colours of a cover: the ground, then three for the drawing, from quiet to loud. */
export type Palette = readonly [ground: string, quiet: string, middle: string, loud: string];

const PALETTES: Record<string, readonly Palette[]> = {
  Action: [
    ['#1d1a26', '#5c1f2b', '#d7263d', '#ffb627'],
    ['#f2e8d5', '#e0b287', '#d1462f', '#20232a'],
    ['#0d1b2a', '#274060', '#e85d04', '#ffd166'],
  ],
  Adventure: [
    ['#113c3a', '#1f6b5c', '#e09f3e', '#fff3b0'],
    ['#fbe8c8', '#8fb996', '#d9622b', '#1f4e4a'],
    ['#233d4d', '#3f6c7d', '#fe7f2d', '#fcca46'],
  ],
  Animation: [
    ['#2b1a5e', '#5a3fc0', '#ff5d8f', '#ffe156'],
    ['#e3f6f5', '#7bdff2', '#f7567c', '#2d3047'],
    ['#ffcf56', '#ff9f6b', '#f45b69', '#22577a'],
  ],
  Children: [
    ['#bfe9ff', '#6fc3f0', '#ff8552', '#264573'],
    ['#ffe9a8', '#ffc145', '#3fb68b', '#1f3a5f'],
    ['#264573', '#3f7cc4', '#ff8fa3', '#ffe66d'],
  ],
  Comedy: [
    ['#ffd23f', '#ff9e5e', '#ee4266', '#22223b'],
    ['#ff7b54', '#ffb26b', '#ffe3b0', '#2f2a4a'],
    ['#f7ede2', '#f6bd60', '#f28482', '#2f5d62'],
  ],
  Crime: [
    ['#14213d', '#2b3a67', '#c1121f', '#e5e5e5'],
    ['#e8e4da', '#b8b0a0', '#a4161a', '#161a1d'],
    ['#1b1b1e', '#3a3a45', '#d8973c', '#f4e9cd'],
  ],
  Documentary: [
    ['#f4f1ea', '#c9c3b4', '#3d5a80', '#1f2933'],
    ['#23395b', '#406e8e', '#8ea8c3', '#f3f7f0'],
    ['#dfe7e2', '#9db4ab', '#d1603d', '#25332d'],
  ],
  Drama: [
    ['#1f3b4d', '#33658a', '#86bbd8', '#f6ae2d'],
    ['#f3e9dc', '#c9ada7', '#9a4c4f', '#2d2a3e'],
    ['#2d2a3e', '#5e548e', '#e0b1cb', '#fff1e6'],
    ['#254441', '#43766c', '#f2c14e', '#fdf0d5'],
  ],
  Fantasy: [
    ['#1b1444', '#47308e', '#a77bd6', '#ffd97d'],
    ['#0b3d3c', '#1c7c6b', '#8fd694', '#f6e27f'],
    ['#eadff5', '#b79ced', '#6b2d8c', '#241a3f'],
  ],
  'Film-Noir': [
    ['#101014', '#2c2c33', '#8d8d96', '#f2f2f0'],
    ['#e9e6df', '#a9a69f', '#45444a', '#121214'],
    ['#17171c', '#33333d', '#b08d57', '#efe6d5'],
  ],
  Horror: [
    ['#0c0a0d', '#32101a', '#a50f2d', '#f2e9e4'],
    ['#12160f', '#2c3b22', '#7ea63a', '#e9f5c9'],
    ['#1a0b1f', '#46194f', '#e23e57', '#ffe3d8'],
  ],
  IMAX: [
    ['#04263d', '#0a6496', '#2fb5e0', '#f0fbff'],
    ['#0b132b', '#1c4a6e', '#5bc0be', '#e6fff9'],
  ],
  Musical: [
    ['#3b0d3a', '#8a1c6f', '#f25caf', '#ffd166'],
    ['#fde8ef', '#f7a1c4', '#b5179e', '#2b1240'],
    ['#0f2557', '#2a52be', '#f9c80e', '#fff4d6'],
  ],
  Mystery: [
    ['#0f2a2e', '#20545a', '#7fb7a4', '#f5e6b8'],
    ['#20203a', '#43437a', '#9a8fcf', '#f0e9ff'],
    ['#e5e3d8', '#a8b5a2', '#3a6351', '#1c2826'],
  ],
  Romance: [
    ['#ffe3e0', '#ffb3b0', '#e5546c', '#4a1a35'],
    ['#4a1a35', '#8f2f57', '#f28f8f', '#ffe5d0'],
    ['#f9dcc4', '#f8ad9d', '#c8553d', '#3c2a4d'],
  ],
  'Sci-Fi': [
    ['#090d26', '#1d2b6b', '#13c4d6', '#f4f7ff'],
    ['#101820', '#2f4858', '#f26419', '#f6f0e0'],
    ['#e6f1f5', '#9ac6d6', '#3a4fd0', '#12143a'],
    ['#1a0b2e', '#4c1d7a', '#f72585', '#7df9ff'],
  ],
  Thriller: [
    ['#0f1419', '#26343f', '#d4e157', '#f5f7e8'],
    ['#e9ecef', '#adb5bd', '#d00000', '#1b1f24'],
    ['#102027', '#1f4a5a', '#ff6f3c', '#ffe8d6'],
  ],
  War: [
    ['#2b3020', '#515b36', '#c99a4b', '#f1e6c8'],
    ['#e6dcc3', '#b5a67a', '#8c2f1b', '#2a2a22'],
    ['#26323a', '#4a5f6a', '#b85c38', '#ede4d3'],
  ],
  Western: [
    ['#f3d9a4', '#e0a458', '#b5482a', '#3a1f16'],
    ['#4a1f16', '#8f3e23', '#e8a13c', '#fdebc8'],
    ['#20424a', '#47767a', '#e39b52', '#fbe7c6'],
  ],
};

/** The genres of MovieLens, by name. */
export const GENRES: readonly string[] = Object.keys(PALETTES);

const FALLBACK: Palette = ['#e9ecf1', '#b4bfd0', '#4f6d9b', '#1d2738'];
const OTHERS: readonly Palette[] = [
  FALLBACK,
  ['#22303c', '#3f5a6e', '#8fb8c9', '#f5f0e1'],
  ['#efe6dd', '#d3b8a1', '#8a5a44', '#2c1f1a'],
];

export function paletteFor(genre: string | undefined, draw: () => number): Palette {
  const palettes = (genre && PALETTES[genre]) || OTHERS;
  const [ground, quiet, middle, loud] = palettes[Math.floor(draw() * palettes.length)] ?? FALLBACK;
  // Two colours that change places make another cover.
  return draw() < 0.5 ? [ground, quiet, middle, loud] : [ground, middle, quiet, loud];
}

/** Contrast of two colours after WCAG 2.2, from 1 to 21. */
export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const channel = (from: number): number => {
    const part = parseInt(colour.slice(from, from + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
