"""The lake: files as they came (landing) and as they were understood (curated Parquet).

Nothing here knows Django's models: it runs in a memory-capped child process that never opens the database.
"""
