"""Widgets: they show state and own none of it."""
