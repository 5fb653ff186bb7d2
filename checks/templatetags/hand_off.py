"""Who can usually mend a row, for the templates of every page that shows one."""

from __future__ import annotations

from django import template

from checks.pages.menders import usually

register = template.Library()
register.filter("usually", usually)
