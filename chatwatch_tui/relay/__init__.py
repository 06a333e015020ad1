"""The watch endpoint: any number of viewers follow live conversations over SSE, each those that they may see."""
