"""The task file: its models, its loading, its template."""
