"""S3: where a bucket is, a client of it, and what a server refuses. https://docs.aws.amazon.com/AmazonS3/latest/API/"""
from __future__ import annotations

from checks.clients.s3.client import S3, Listing, Removed, Stored
from checks.clients.s3.place import Place, place
from checks.clients.s3.refusal import S3Refusal

__all__ = ["S3", "Listing", "Place", "Removed", "S3Refusal", "Stored", "place"]
