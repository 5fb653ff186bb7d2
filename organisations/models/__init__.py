"""Who: people, Organisations, who belongs to which, and what was done."""
from organisations.models.audit import AuditEvent
from organisations.models.invitation import Invitation
from organisations.models.organisation import LastOwner, Membership, Organisation, Role, name_validator
from organisations.models.token import ApiToken
from organisations.models.user import User

__all__ = ["ApiToken", "AuditEvent", "Invitation", "LastOwner", "Membership", "Organisation", "Role", "User", "name_validator"]
