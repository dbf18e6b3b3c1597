"""The archive as tools for other programs' models, and MCP that carries them."""
