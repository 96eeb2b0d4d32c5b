"""The command line: thin, lazy, and the only place where text of others meets a plain terminal."""
