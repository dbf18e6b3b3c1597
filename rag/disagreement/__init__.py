"""What the articles disagree on: values compared by code, before any model is asked."""
