const ARTICLES = 'The|A|An|Le|La|Les|Un|Une|El|Los|Las|Il|Lo|Gli|Der|Die|Das|Det|Den|De|Het|O|Os|As';
const LAST = new RegExp(`^(.+), (${ARTICLES}|L'|L’)( \\(.*\\))?$`);
const OTHERS = new RegExp(`\\((.+), (${ARTICLES}|L'|L’)\\)`, 'g');

/** The data set files titles under their first weighty word ("Matrix, The"); people read "The Matrix". */
export function readable(title: string): string {
  const front = (name: string, article: string): string =>
    article.endsWith("'") || article.endsWith('’') ? article + name : `${article} ${name}`;
  const inside = title.replace(OTHERS, (_, name: string, article: string) => `(${front(name, article)})`);
  const match = LAST.exec(inside);
  return match?.[1] && match[2] ? front(match[1], match[2]) + (match[3] ?? '') : inside;
}

/** For a cover: without the other titles in brackets. */
export function short(title: string): string {
  return readable(title.replace(/\s+\([^()]*(\([^()]*\)[^()]*)*\)/g, '').trim() || title);
}
