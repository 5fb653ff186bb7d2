"""What is stored of everything that is verified."""
from checks.models.account_holder import AccountHolder
from checks.models.cache_entry import CacheEntry
from checks.models.finding import Finding, Flip
from checks.models.hand_off import Badge, HandOff
from checks.models.heartbeat import Heartbeat
from checks.models.integration import Integration
from checks.models.probe import Probe
from checks.models.run import Run
from checks.models.service import Service
from checks.models.setup import Approval, SetupState
from checks.models.webhook import Delivery, HookRefusal

__all__ = ["AccountHolder", "Approval", "Badge", "CacheEntry", "Delivery", "Finding", "Flip", "HandOff", "Heartbeat",
           "HookRefusal", "Integration", "Probe", "Run", "Service", "SetupState"]
