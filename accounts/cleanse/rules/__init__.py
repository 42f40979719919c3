"""Deterministic rules: a value goes in, a fix with its rule and confidence comes out, or nothing. Pure; they never invent."""
