"""The demo: a real broker, believable conversations, and the simulator that plays them."""
