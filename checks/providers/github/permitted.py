"""What the installation may do, against what a deploy needs: the installation's own permissions, not the App's.

https://docs.github.com/apps/using-github-apps/approving-updated-permissions-for-a-github-app
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.providers import git_token
from checks.providers.base import Context
from checks.providers.git_grant import table
from checks.providers.git_token import Granted, required_scopes
from checks.providers.github import answers, refusals
from checks.providers.github.answers import account_of, installation_page, missing, permissions_of, spelled
from checks.providers.grants import with_facts
from checks.verdict import Verdict, fail, passed, warn


def permissions_granted(ctx: Context) -> Verdict:
    have, need = spelled(permissions_of(answers.the_installation(ctx))), required_scopes(ctx)
    waiting = missing(have, spelled(permissions_of(answers.the_app(ctx))))
    return with_facts(_granted(ctx, have, need, waiting), {**_table(ctx, have, need), "waiting": waiting})


def _granted(ctx: Context, have: Sequence[str], need: Sequence[str], waiting: Sequence[str]) -> Verdict:
    found, app = answers.the_installation(ctx), answers.the_app(ctx)
    lacks, account, page = missing(have, need), account_of(found), installation_page(ctx, found)
    own = f"{answers.app_page(ctx, app)}/permissions"
    shown = f"Granted: {', '.join(have) or 'none'}; required: {', '.join(need)}."
    accept = f"Have an owner of {account} accept the new permissions on {page}."
    if lacks and not missing(spelled(permissions_of(app)), lacks):
        return fail(f"The App asks for {' and '.join(lacks)}, and on {account} these new permissions await acceptance. {shown}",
                    remedy=accept, link=page)
    if lacks:
        return fail(f"The installation on {account} lacks {' and '.join(lacks)}, and the App does not ask for it. {shown}",
                    remedy=f"Give the App {' and '.join(lacks)} on {own}, then have an owner of {account} accept that on {page}.",
                    link=own)
    if waiting:
        return warn(f"The installation on {account} had what a deploy needs ({', '.join(need)}), and new permissions await "
                    f"acceptance: {', '.join(waiting)}.", link=page,
                    remedy=f"{accept} Or take them back on {own}, for no deploy needs them.")
    return passed(f"The installation on {account} had what a deploy needs: {', '.join(need)}.")


def _table(ctx: Context, have: Sequence[str], need: Sequence[str]) -> dict[str, Any]:
    return table(ctx, Granted(tuple(have), complete=True), need)


def permissions_not_excessive(ctx: Context) -> Verdict:
    found, need = answers.the_installation(ctx), required_scopes(ctx)
    have = spelled(permissions_of(found))
    too_much = answers.surplus(have, bool(ctx.settings.get("pushes")))
    if too_much:
        own = f"{answers.app_page(ctx, answers.the_app(ctx))}/permissions"
        verdict = warn(f"The installation on {account_of(found)} may do more than a deploy needs: {', '.join(too_much)}.",
                       link=own, remedy=f"Leave the App {' and '.join(need)} alone on {own}: what is taken away needs nobody's "
                                        "acceptance.")
    else:
        verdict = passed(f"The installation on {account_of(found)} may do nothing that a deploy does not need.")
    return with_facts(verdict, {**_table(ctx, have, need), "surplus": too_much})


def pushes_permitted(ctx: Context) -> Verdict:
    """The advertisement of a push, with a token for that; nothing is pushed. Rules for branches show when one arrives."""
    found = git_token.asked_url(ctx)
    ref = str(ctx.target.get("ref") or "").strip()
    refusal = ctx.once(f"push {found.url}", lambda: ctx.client.git.advertises_push(found.url))
    if refusal is not None:
        return refusals.refused(ctx, refusal, found.repository) or git_token.refused(ctx, refusal, found.repository)
    rules = f"{git_token.page_of(ctx, found.repository)}/settings/rules"
    return passed(f"{found.repository} would take a push from this installation, as far as that shows before one: whether a "
                  f"rule protects {ref or 'the branch'} does not. See {rules}.", rules=rules)
