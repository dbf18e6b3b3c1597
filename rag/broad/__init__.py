"""Questions for many articles: overviews, summaries, lists."""
