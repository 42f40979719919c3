"""Offers and strategies: everybody who plans reads them, administrators write them."""
