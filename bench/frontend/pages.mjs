// What is measured, and what it must reach.

export const pagesFor = (user, film) => [
  'ui/',
  `ui/?user=${user}&n=10`,
  'app/explore',
  'app/you',
  `app/users/${user}`,
  `app/films/${film}`,
  'app/model',
];

/** The budgets: `most` and `least` are still within. Figures are named as in browser.mjs. */
export const BUDGETS = [
  { figure: 'firstPaint', title: 'first contentful paint', unit: ' s', digits: 2, most: 1 },
  { figure: 'interactive', title: 'interactive', unit: ' s', digits: 2, most: 2 },
  { figure: 'script', title: 'JavaScript', unit: ' kB', digits: 1, most: 110 },
  { figure: 'accessibility', title: 'accessibility', unit: '', digits: 0, least: 95 },
  { figure: 'bestPractices', title: 'best practices', unit: '', digits: 0, least: 95 },
  { figure: 'layoutShift', title: 'layout shift', unit: '', digits: 3, most: 0.05 },
];

export const isWithin = ({ most = Infinity, least = -Infinity }, value) => value <= most && value >= least;
