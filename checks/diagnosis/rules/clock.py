"""Clocks: signatures and certificates have a time in them."""
from __future__ import annotations

from checks.diagnosis.families import COMPUTE, STORAGE
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

CLOCK = Layer.CLOCK
SET = ("Set the clock of the machine that asked (timedatectl set-ntp true, then timedatectl status), and try "
    "again. No key is at fault.")

RULES = (
    Rule(
        "clock-signed", ("requesttimetooskewed", "difference between the request time and the", "'expiration time' claim",
        "'issued at' claim", "request time too skewed", "signature not yet current", "is now earlier than",
        "is still later than", "requestinthefuture", "request's time is too", "clock skew", "clock is skewed", "clock drift",
        "server time and client time", "token used before issued", "issued in the future", "token is not yet valid",
        "clock is not synchronized", "system clock is", "time is out of sync", "iat claim", "exp claim…numeric",
        "used before issued", "time skew", "check your system clock", "check your clock", "check that your clock",
        "clocks are out of", "local time…too far", "system clock synchronized: no", "clock out of sync", "clock is ahead",
        "clock is behind", "local clock",
        "is in the future: (iat", "token is in the future", "jwtissuedatfuture", "not valid yet (invalid for another",
        "immaturesignatureerror", "token used too early", "token is used too early", "check your computer's time",
        "computer's time and date", "clock_skew", "clockskew", "clock-skew", "clock is wrong", "clocks differ",
        "time difference…too large", "request timestamp", "date in the future", "invalid iat", "iat…in the future",
        "clock skewed", "clock has skewed", "request time is too", "x-amz-date…too",
        "immaturesignature", "nbf has not been reached", "clock…minutes behind", "clock…behind", "clock…ahead",
        "clock…seconds off", "clock…minutes off", "clock…hours off", "system clock wrong", "clock…wrong by",
        "not yet been reached",
        "claim is in the past", "time reset +", "time reset -", "'exp' claim", "'iat' claim", "'nbf' claim"),
        CLOCK, "The request carries a time that the host does not accept: the clock of the machine that asked is wrong.",
        SET,
        "https://docs.github.com/apps; Amazon S3 RequestTimeTooSkewed; AWS Signature Version 4",
        "RequestTimeTooSkewed: The difference between the request time and the current time is too large.",
        weight=22, also=(Layer.AWS_KEYS,), unless=("no clock skew",)),
    Rule(
        "clock-app", ("'expiration time' claim", "'issued at' claim"),
        CLOCK, "GitHub does not accept the time in the App's assertion: the clock of the machine that asked is wrong.",
        SET,
        "https://docs.github.com/apps",
        "'Expiration time' claim ('exp') is too far in the future",
        Confidence.CERTAIN, also=(Layer.GITHUB_APP,)),
    Rule(
        "clock-skewed", ("requesttimetooskewed", "difference between the request time and the current time",
        "difference between the request time and the server"),
        CLOCK, "The request carries a time that the storage does not accept: the clock of the machine that asked is wrong.",
        SET,
        "Amazon S3 error responses",
        "The difference between the request time and the current time is too large.",
        Confidence.CERTAIN),
    Rule(
        "clock-request", ("requestexpired", "request has expired"),
        CLOCK, "The request was too old when it came: the clock of the machine that asked is wrong.",
        SET,
        "Amazon EC2 error codes",
        "operation error EC2: DescribeRegions: request has expired",
        also=(Layer.AWS_KEYS,), near=(COMPUTE, STORAGE), weight=5),
    Rule(
        "clock-request-plain", ("requestexpired:", "(requestexpired)"),
        CLOCK, "The request was too old when it came: the clock of the machine that asked is wrong.",
        SET,
        "Amazon EC2 error codes",
        "RequestExpired: late",
        also=(Layer.AWS_KEYS,)),
    Rule(
        "clock-certificate", ("certificate is not yet valid", "is not yet valid: current time…is before",
        "not yet valid…is before"),
        CLOCK, "A certificate's time has not come yet: the clock of the machine that asked is slow.",
        SET,
        "Go crypto/x509; OpenSSL X509_V_ERR_CERT_NOT_YET_VALID",
        "x509: certificate has expired or is not yet valid: current time 2019-01-01T00:00:00Z is before " "2026-01-01T00:00:00Z",
        also=(Layer.TLS,), weight=20, unless=("is after",)),
)
