"""What is stored of everything that is verified."""
from checks.models.cache_entry import CacheEntry
from checks.models.finding import Finding, Flip
from checks.models.heartbeat import Heartbeat
from checks.models.integration import Integration
from checks.models.probe import Probe
from checks.models.run import Run
from checks.models.service import Service

__all__ = ["CacheEntry", "Finding", "Flip", "Heartbeat", "Integration", "Probe", "Run", "Service"]
