"""The grammar of image names, case by case."""
from __future__ import annotations

import pytest

from checks.clients.oci_place import canonical, place
from checks.clients.oci_reference import (
    InvalidReference,
    Reference,
    check_digest,
    check_digest_form,
    check_tag,
    parse,
    parse_normalized,
    split_docker_domain,
)
from tests.installation import ROOT

SHA, SHORT = "86e0e091d0da6bde2456dbb48306f3956bbeb2eae1b5b9a43045843f69fe4aaa", "f" * 34


def cases():
    lines = (ROOT / "tests" / "data" / "image_references.tsv").read_text().splitlines()
    return [line.replace("{sha}", SHA).replace("{short}", SHORT).split("\t") for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case[0][:60] or "nothing")
def test_a_name_is_read_as_docker_reads_it(case):
    text, *rest = case
    if rest[0] == "!":
        with pytest.raises(InvalidReference) as refused:
            parse_normalized(text)
        assert str(refused.value) == rest[1]
    else:
        assert parse_normalized(text) == Reference(*rest)


def test_a_path_has_at_most_255_characters():
    assert parse_normalized("ghcr.io/" + "a" * 255).path == "a" * 255
    with pytest.raises(InvalidReference, match="repository name must not be more than 255 characters"):
        parse_normalized("ghcr.io/" + "a" * 256)


def test_a_tag_has_at_most_128_characters():
    assert parse_normalized("app:" + "a" * 128).tag == "a" * 128
    with pytest.raises(InvalidReference, match=r"^invalid reference format$"):
        parse_normalized("app:" + "a" * 129)


def test_a_line_break_at_the_end_is_no_part_of_a_name():
    with pytest.raises(InvalidReference):
        parse_normalized("ghcr.io/o/a:1\n")


def test_the_digest_decides_before_the_tag_and_latest_stands_for_none():
    assert parse_normalized("app").identifier == "latest"
    assert parse_normalized("app:1").identifier == "1"
    assert parse_normalized(f"app:1@sha256:{SHA}").identifier == f"sha256:{SHA}"


def test_the_full_name_has_its_host_and_what_would_be_pulled():
    assert parse_normalized("app").full == "docker.io/library/app:latest"
    assert parse_normalized("ghcr.io/o/a:1").full == "ghcr.io/o/a:1"
    assert parse_normalized(f"ghcr.io/o/a@sha256:{SHA}").full == f"ghcr.io/o/a@sha256:{SHA}"
    assert parse_normalized(f"ghcr.io/o/a:1@sha256:{SHA}").full == f"ghcr.io/o/a:1@sha256:{SHA}"
    assert parse_normalized("acme/app:1").at("ghcr.io").full == "ghcr.io/acme/app:1"


@pytest.mark.parametrize(("text", "error"), [
    ("", "repository name must have at least one component"), ("Uppercase:tag", "repository name must be lowercase"),
    ("a//b", "invalid reference format"),
])
def test_the_strict_form_has_its_own_errors(text, error):
    with pytest.raises(InvalidReference, match=rf"^{error}$"):
        parse(text)


def test_a_tag_and_a_digest_alone_have_their_own_errors():
    assert check_tag("v1.0") == "v1.0"
    assert check_digest_form(f"sha256:{SHA}") == f"sha256:{SHA}"
    with pytest.raises(InvalidReference, match=r"^invalid tag format$"):
        check_tag("-foo")
    with pytest.raises(InvalidReference, match=r"^invalid digest format$"):
        check_digest_form("foo")
    with pytest.raises(InvalidReference, match=r"^invalid checksum digest format$"):
        check_digest(f"sha256:{SHA.upper()}")


@pytest.mark.parametrize(("name", "split"), [
    ("app", ("docker.io", "library/app")), ("localhost", ("docker.io", "library/localhost")),
    ("a.b/c", ("a.b", "c")), ("a:1/c", ("a:1", "c")), ("A/c", ("A", "c")), ("a/c", ("docker.io", "a/c")),
    ("index.docker.io/c", ("docker.io", "library/c")), ("docker.io/a/c", ("docker.io", "a/c")),
])
def test_the_host_is_split_off_as_docker_does(name, split):
    assert split_docker_domain(name) == split


@pytest.mark.parametrize("typed", ["", "docker.io", "Index.Docker.io", "https://index.docker.io/v1/", "registry-1.docker.io:443",
                                   "registry.hub.docker.com", "https://hub.docker.com/r/acme/app", "http://docker.io"])
def test_docker_hub_is_one_place_by_all_its_names(typed):
    assert (place(typed).host, place(typed).origin) == ("docker.io", "https://registry-1.docker.io")
    assert place(typed).is_hub


@pytest.mark.parametrize(("typed", "host", "origin", "removed"), [
    ("ghcr.io", "ghcr.io", "https://ghcr.io", ()), ("GHCR.io.", "ghcr.io", "https://ghcr.io", ()),
    (" https://ghcr.io/ ", "ghcr.io", "https://ghcr.io", ("https://",)),
    ("ghcr.io/acme/app", "ghcr.io", "https://ghcr.io", ("/acme/app",)),
    ("docker://ghcr.io/acme?x#y", "ghcr.io", "https://ghcr.io", ("docker://", "/acme?x#y")),
    ("ghcr.io:443", "ghcr.io", "https://ghcr.io", ()), ("host:5000", "host:5000", "https://host:5000", ()),
    ("http://host:5000/v2/", "host:5000", "http://host:5000", ("/v2/",)), ("http://host:80", "host", "http://host", ()),
    ("[::1]:5000", "[::1]:5000", "https://[::1]:5000", ()),
])
def test_a_host_is_what_stands_between_the_scheme_and_the_path(typed, host, origin, removed):
    found = place(typed)
    assert (found.host, found.origin, found.removed) == (host, origin, removed)
    assert found.typed == (origin if origin.startswith("http://") else host)


def test_other_ports_are_other_registries():
    assert canonical("host:443") == canonical("HOST") == "host"
    assert canonical("host:5000") != canonical("host")
    assert canonical("host:80", "http") == "host"
    assert (place("host:5000").hostname, place("[::1]:5000").hostname, place("[::1]").hostname) == ("host", "[::1]", "[::1]")
