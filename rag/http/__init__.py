"""The server's doors: HTTP API, streams, OpenAI's protocol; and the client of a running server. ``server.py`` leads."""
