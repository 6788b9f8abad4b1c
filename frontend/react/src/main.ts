// Small, and so it runs while React is still under way (index.html has that loaded beside it): what the visitor chose,
// and the page they asked for with what it will ask the API.
import { firstLanguage } from './i18n/language';
import { applyTheme } from './lib/theme';
import { preload } from './pages/load';

applyTheme();
preload(location);
const [{ start }, words] = await Promise.all([import('./start'), firstLanguage()]);
start(words);
