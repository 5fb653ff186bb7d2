"""Which Organisation holds an upstream account that one alone may hold."""
from __future__ import annotations

from django.db import models

from checks.models.integration import Integration
from organisations.models import Organisation


class AccountHolder(models.Model):
    """Written once it was seen that the account is this Organisation's; an id that was only typed holds nothing.

    The constraint decides a race. account_key: as the provider names the account.
    """

    provider = models.CharField(max_length=40)
    account_key = models.CharField(max_length=300)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="held_accounts")
    integration = models.ForeignKey(Integration, on_delete=models.CASCADE, related_name="held_accounts")
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("provider", "account_key")
        constraints = (models.UniqueConstraint(fields=["provider", "account_key"], name="one_holder_an_account"),)

    def __str__(self) -> str:
        return f"{self.account_key}: {self.organisation}"
