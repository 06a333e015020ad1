"""Settings from flags, environment, file and defaults: read, checked, explained, written, and read again on a change.

Everything here follows from the tree in `settings` by introspection (`schema`): a field that is added there is read,
checked, shown and documented without a word here. Beside `settings`, below the rooms; knows no screen and no click.
"""
