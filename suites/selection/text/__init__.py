"""Real prose to choose from: a corpus, its duplicates, a word model."""
