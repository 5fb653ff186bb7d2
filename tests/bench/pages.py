"""The checklist with 1, 13 and 125 integrations of 8 rows, beside a floor: the same rows through one bare template."""
from __future__ import annotations

from django.db import connection
from django.template import engines
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from checks.models import Finding, Integration
from checks.providers import PROVIDERS
from organisations.models import Membership, Organisation, Role, User
from tests.bench.clock import interleaved

FLOOR = """<ol>{% for f in rows %}<li><b>{{ f.status }}</b> {{ f.title }} <span>{{ f.evidence }}</span>
<time>{{ f.duration_ms }} ms</time></li>{% endfor %}</ol>"""


def populate(slug: str, number: int) -> None:
    organisation = Organisation.objects.create(slug=slug, name=slug)
    Membership.objects.create(organisation=organisation, user=User.objects.get(), role=Role.OWNER)
    provider, now = PROVIDERS[-1], timezone.now()
    checks = list(provider.checks.values())[:8]
    settings = {name: provider.form.base_fields[name].initial or "x" for name in provider.form.setting_names()}
    made = Integration.objects.bulk_create([
        Integration(organisation=organisation, provider=provider.slug, name=f"i{n}", settings=settings, status="verified",
                    checked_at=now) for n in range(number)])
    Finding.objects.bulk_create([
        Finding(integration=i, check_slug=c.slug, title=c.title, required=c.required, status="pass", position=at,
                evidence="The bucket acme-dumps answered, and 1 KiB came back as it was put.", duration_ms=93,
                checked_at=now, since=now, last_good_at=now) for i in made for at, c in enumerate(checks)])


def measure() -> list[dict]:
    User.objects.create_user("bench@example.com", "x")
    client = Client()
    client.force_login(User.objects.get(), backend="allauth.account.auth_backends.AuthenticationBackend")
    figures, calls = [], {}
    for number in (1, 13, 125):
        populate(f"n{number}", number)
        url = f"/o/n{number}/"
        client.get(url)
        with CaptureQueriesContext(connection, ) as captured:
            response = client.get(url)
        assert response.status_code == 200, response.status_code
        figures.append({"what": f"checklist, {number} integrations: queries", "value": len(captured), "unit": "queries", "bound": 10})
        figures.append({"what": f"checklist, {number} integrations: HTML", "value": len(response.content), "unit": "bytes"})
        calls[f"checklist, {number} integrations: CPU"] = lambda url=url: client.get(url)
    template = engines["django"].from_string(FLOOR)
    calls["floor, the same 1,000 rows: CPU"] = lambda: template.render(
        {"rows": list(Finding.objects.filter(integration__organisation__slug="n125").values())})
    for what, value in interleaved(calls).items():
        figures.append({"what": what, "value": value, "unit": "ms"})
    return figures
