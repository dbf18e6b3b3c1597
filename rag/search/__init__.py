"""The search index, and what is found in it. ``index.py`` leads the writing, ``retrieve.py`` the reading."""
