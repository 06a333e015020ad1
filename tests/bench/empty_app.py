"""An empty Textual app: what the first paint of the dashboard is compared with."""

from textual.app import App
from textual.widgets import Static


class Empty(App[None]):
    """One word."""

    def compose(self):  # type: ignore[no-untyped-def]  # as short as an empty app is
        yield Static("READY")


if __name__ == "__main__":
    Empty().run()
