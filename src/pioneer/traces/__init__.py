"""Production calls and what was said of them: read from logs, kept, shown, asked about."""
