"""`python -m tests.config.reference` writes docs/settings.md; `test_reference` fails where it is stale."""

from __future__ import annotations

from pathlib import Path

from chatwatch_tui.config.toml_text import reference

PATH = Path(__file__).parents[2] / "docs" / "settings.md"

if __name__ == "__main__":
    PATH.write_text(reference(), encoding="utf-8")
