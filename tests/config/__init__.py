"""Settings: what is read from where, what is refused in which words, and what a change of the file does."""
