//! The words that titles and tags are made of.

pub(super) const ADJECTIVES: [&str; 40] = [
    "Silent", "Golden", "Last", "Broken", "Midnight", "Crimson", "Hidden", "Endless", "Lonely", "Savage",
    "Distant", "Burning", "Frozen", "Secret", "Perfect", "Wild", "Forgotten", "Electric", "Restless", "Blue",
    "Hollow", "Gentle", "Dangerous", "Invisible", "Second", "Long", "Bitter", "Crooked", "Naïve", "Wicked",
    "Velvet", "Sleepless", "Borrowed", "Quiet", "Iron", "Paper", "Falling", "Northern", "Strange", "Little",
];

pub(super) const NOUNS: [&str; 48] = [
    "River", "Summer", "Heart", "Empire", "Garden", "Stranger", "Promise", "Winter", "Detective", "Circus",
    "Harbor", "Machine", "Daughter", "Kingdom", "Letter", "Shadow", "Train", "Orchestra", "Desert", "Island",
    "Night", "Mirror", "Brother", "Café", "Signal", "Voyage", "Assassin", "Carnival", "Planet", "Witness",
    "Lighthouse", "Mountain", "Thief", "Season", "Highway", "Engine", "Piano", "Wolf", "Bride", "Border",
    "Escape", "Game", "Storm", "Honor", "Affair", "Fiancée", "Dragon", "House",
];

pub(super) const NAMES: [&str; 20] = [
    "Amélie", "Oskar", "Zoë", "O'Malley", "Søren", "Inés", "Björk", "Vera", "Jack", "Nino", "Miyuki", "Łukasz",
    "Ngô", "François", "Mary", "Dr. Krull", "Ivan", "Leïla", "Tomás", "Ruth",
];

/// Whole titles, for what the patterns do not give.
pub(super) const FOREIGN: [&str; 16] = [
    "Été meurtrier, L'", "Señorita extraviada", "Über den Dächern", "Às Cinco da Manhã", "Château dans le ciel, Le",
    "Fjällräven", "Kırmızı Kapı", "Il était une fois, là-bas", "Żółty parasol", "Ça ira mieux demain", "千の川",
    "Тихая река", "Der Zug, der nie kam", "La Niña y el Mar", "Mañana será otro día", "Příběh o vlku",
];

/// Names of the same movie in other languages, as they stand in brackets.
pub(super) const ALTERNATIVES: [&str; 10] = [
    "Fabuleux destin du fleuve, Le", "a.k.a. The Other One", "Noche larga, La", "Das letzte Haus", "Sen no kawa",
    "Última estación, La", "a.k.a. Part \"Zero\"", "Le Château", "Tystnaden, den stora", "Vita è breve, La",
];

pub(super) const TAGS: [&str; 40] = [
    "atmospheric", "twist ending", "sci-fi", "based on a book", "funny", "classic", "dark comedy", "visually appealing",
    "thought-provoking", "surreal", "boring", "In Netflix queue", "time travel", "great soundtrack", "quirky",
    "Oscar (Best Picture)", "romance", "dystopia", "space", "film noir", "cult film", "true story", "so bad, it's good",
    "\"must see\"", "naïve", "coming-of-age", "stylized", "Cannes: Palme d'Or", "tearjerker", "slow, but worth it",
    "überrascht", "女性監督", "heist", "anime", "feel-good", "no plot", "bechdel test:fail", "imdb top 250",
    "seen more than once", "great first half,\nthen it falls apart",
];
