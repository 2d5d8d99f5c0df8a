"""One module per noun; each route is thin and reads one query file."""
