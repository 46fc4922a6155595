"""The hub over HTTP: thin, as the command line is. Parse, call the engine, answer."""
