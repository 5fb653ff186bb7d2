"""How tools spell an HTTP status. The status alone says little; the rules add whose answer it was."""
from __future__ import annotations

NAMES = {
    400: "bad request", 401: "unauthorized", 402: "payment required", 403: "forbidden", 404: "not found",
        405: "method not allowed",
    409: "conflict", 410: "gone", 421: "misdirected request", 429: "too many requests", 500: "internal server error",
    501: "not implemented", 502: "bad gateway", 503: "service unavailable", 504: "gateway time", 520: "web server",
        521: "web server",
    522: "connection timed out", 523: "origin is unreachable", 524: "a timeout occurred", 525: "ssl handshake failed",
    526: "invalid ssl certificate", 529: "site is overloaded", 530: "origin dns error"}
# What stands before the number; longer spellings hold one of these ("http status code: " ends in "code: ").
_BEFORE = ("error: ", "error ", "code: ", "code ", "code=", "status: ", "status ", "http ", "http/1.1 ", "http/2 ", "http/2.0 ",
    "http: ", "(", "returned ", "returned http ", "responded ", "responded with ", "answered ", "answered with ", "got ",
    "received ", "response: ", "failed with ", "failed: ", "unknown ", "failure: ", 'status":', 'status": ', 'status":"',
    'status": "', 'code":', 'code": ', 'code":"', 'code": "', "statuscode=", "status_code=", "status_code: ", "=> ", "-> ",
    "requesterror: ", "response ", ": ", "status=", "with a ")


def spelt(*statuses: int) -> tuple[str, ...]:
    """The pieces by which an answer of one of these statuses is told, in small letters."""
    named = (f"{status}{between}{NAMES[status]}" for status in statuses for between in (" ", " (", ": ", " - "))
    return (*named, *(f"{before}{status}" for before in _BEFORE for status in statuses))
