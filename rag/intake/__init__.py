"""Files into the catalog: raw documents cleaned, cut into passages, copies found. ``ingest.py`` leads."""
