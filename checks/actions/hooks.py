"""Having a provider send again what it could not deliver, where a row names the delivery."""
from __future__ import annotations

from checks.actions import verify
from checks.actions.setup import Refused, Why, client_of
from checks.models import Finding, Integration, Run
from organisations import audit
from organisations.access import Action, require
from organisations.models import User

FACT = "redeliver"


def redeliver(*, integration: Integration, actor: User) -> None:
    """Ask for the delivery that a row of this integration names, then for a check. Raises Refused, or Invalid."""
    require(actor, integration.organisation, Action.MANAGE)
    named = [facts[FACT] for facts in Finding.objects.filter(integration=integration).values_list("facts", flat=True)
             if facts.get(FACT)]
    if not named:
        raise Refused(Why.GONE, "No row names a delivery that failed; check again first.", integration=integration)
    host, client, _ = client_of(integration)
    try:
        host.redeliver(client, str(named[0]))
    except host.SetupTrouble as trouble:
        raise Refused(Why.AWAY, str(trouble), integration=integration) from None
    audit.record(integration.organisation, actor, "had a webhook sent again to", integration.name, delivery=str(named[0]))
    verify.ask(integration=integration, actor=actor, trigger=Run.Trigger.PERSON)
