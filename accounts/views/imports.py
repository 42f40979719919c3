"""Imports on screen: what was loaded, what was found, what waits in quarantine, and the way to send files."""
