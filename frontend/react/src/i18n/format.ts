/** Numbers and moments as the language writes them. */
export interface Formats {
  number: (value: number) => string;
  /** With so many digits after the point. */
  fixed: (value: number, digits: number) => string;
  percent: (value: number) => string;
  signedPercent: (value: number) => string;
  date: (moment: string) => string;
  dateTime: (moment: string) => string;
  plural: (count: number) => 'one' | 'other';
  list: (items: string[]) => string;
}

export function formatsFor(language: string): Formats {
  const number = new Intl.NumberFormat(language);
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const signed = new Intl.NumberFormat(language, {
    style: 'percent',
    maximumFractionDigits: 0,
    signDisplay: 'exceptZero',
  });
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
  const dateTime = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const plural = new Intl.PluralRules(language);
  const list = new Intl.ListFormat(language, { type: 'conjunction' });
  const sound = (moment: string, format: Intl.DateTimeFormat): string => {
    const parsed = new Date(moment);
    return Number.isNaN(parsed.getTime()) ? moment : format.format(parsed);
  };
  return {
    number: (value) => number.format(value),
    fixed: (value, digits) =>
      new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value),
    percent: (value) => percent.format(value),
    signedPercent: (value) => signed.format(value),
    date: (moment) => sound(moment, date),
    dateTime: (moment) => sound(moment, dateTime),
    plural: (count) => (plural.select(count) === 'one' ? 'one' : 'other'),
    list: (items) => list.format(items),
  };
}
