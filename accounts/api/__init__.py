"""The API of accounts: customers and tokens."""
