"""The dashboard: everything that knows Textual."""
