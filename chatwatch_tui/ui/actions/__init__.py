"""What the keys of the dashboard do, by the groups of the command table; `screens.dashboard` joins them."""
