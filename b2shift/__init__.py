"""B2Shift: segmentation, approved campaigns and evidence for B2B customer bases."""

from b2shift.celery import app as celery_app

__all__ = ["celery_app"]
