"""Synthetic demo company: writes a directory shaped like the real source files, defects included.

Pure Python and numpy/pyarrow, no Django: only ``manage.py demo_data`` imports this package, so web
processes never load the scientific libraries through it.
"""
