"""`python -m chatwatch_tui` is the command `chatwatch`."""

from chatwatch_tui.cli import main

if __name__ == "__main__":
    main()
