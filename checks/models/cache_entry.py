"""The table of Django's database cache, so that it comes with the migrations."""
from __future__ import annotations

from django.db import models

TABLE = "dflow_cache"


class CacheEntry(models.Model):
    """Written and read by django.core.cache alone; the columns are the ones that `createcachetable` makes."""

    cache_key = models.CharField(max_length=255, primary_key=True)
    value = models.TextField()
    expires = models.DateTimeField(db_index=True)

    class Meta:
        db_table = TABLE

    def __str__(self) -> str:
        return self.cache_key
