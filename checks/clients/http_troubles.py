"""What went wrong on the way to an HTTP answer, in plain words: exceptions of four libraries to one ClientError."""
from __future__ import annotations

import errno
import http.client
import socket
import ssl
from collections.abc import Iterator

import requests
import urllib3

from checks import egress
from checks.clients.errors import ClientError, Kind

# OpenSSL's X509_V_ERR_* numbers. https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
CERTIFICATE = {
    9: "its certificate is not valid yet", 10: "its certificate has expired", 18: "its certificate is self-signed",
    19: "its chain ends in a self-signed certificate that is not trusted here",
    20: "its certificate is from an authority that is not trusted here, or an intermediate certificate is missing",
    21: "its chain is incomplete: an intermediate certificate is missing", 23: "its certificate was revoked",
    62: "its certificate is for another host name", 64: "its certificate is for another IP address",
    66: "its certificate's key is too weak", 67: "its authority's key is too weak",
    68: "its certificate is signed with a weak algorithm",
}
HANDSHAKE = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS on this port (plain HTTP, or another protocol)",
    "HTTP_REQUEST": "it does not speak TLS on this port (plain HTTP)",
    "PACKET_LENGTH_TOO_LONG": "it does not speak TLS on this port",
    "RECORD_LAYER_FAILURE": "it does not speak TLS on this port",
    "UNSUPPORTED_PROTOCOL": "it speaks only a TLS version older than 1.2",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it speaks only a TLS version older than 1.2",
    "VERSION_TOO_LOW": "it speaks only a TLS version older than 1.2",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it shares no TLS cipher with this program, or it asks for a client certificate",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it asks for a client certificate",
    "SSLV3_ALERT_BAD_CERTIFICATE": "it asks for a client certificate",
    "TLSV1_ALERT_INTERNAL_ERROR": "it broke off the TLS handshake with an internal error",
    "TLSV1_UNRECOGNIZED_NAME": "it does not know this host name", "DH_KEY_TOO_SMALL": "its key exchange is too weak",
    "TLSV1_ALERT_UNRECOGNIZED_NAME": "it does not know this host name",
    "EE_KEY_TOO_SMALL": "its certificate's key is too weak",
}


def connect_trouble(error: Exception, name: str, host: str) -> ClientError:
    """For what egress.connect() raises. name: the host as people read it, with its port where it is unusual."""
    if isinstance(error, egress.Refused):
        return ClientError(Kind.BLOCKED, f"{error.reason} Nothing was sent.", host=host)
    if isinstance(error, egress.NameTrouble):
        return ClientError(Kind.NO_SUCH_NAME if error.exists is False else Kind.NAME_TROUBLE, error.reason, host=host)
    if isinstance(error, TimeoutError):
        return ClientError(Kind.TIMEOUT, f"{name} did not accept a connection in time.", host=host)
    if isinstance(error, ConnectionRefusedError):
        return ClientError(Kind.REFUSED, f"{name} refused the connection: nothing listens on that port.", host=host)
    if isinstance(error, ConnectionError):
        return ClientError(Kind.RESET, f"{name} cut the connection while it was made.", host=host)
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EADDRNOTAVAIL):
        return ClientError(Kind.TIMEOUT, f"{name} could not be reached: there is no route to it.", host=host)
    return ClientError(Kind.RESET, f"No connection to {name} could be made.", host=host)


def tls_trouble(error: OSError, name: str, host: str) -> ClientError:
    """For what the TLS handshake, or a later TLS record, raises."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = CERTIFICATE.get(error.verify_code, f"its certificate could not be verified ({error.verify_message})")
        return ClientError(Kind.TLS, f"{name} could not be trusted: {why}. No credential was sent.", host=host)
    if isinstance(error, TimeoutError):
        return ClientError(Kind.TIMEOUT, f"{name} did not finish the TLS handshake in time.", host=host)
    if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or not isinstance(error, ssl.SSLError):
        return ClientError(Kind.RESET, f"{name} cut the connection during the TLS handshake.", host=host)
    reason = error.reason or ""
    why = HANDSHAKE.get(reason, f"the TLS connection failed ({reason.replace('_', ' ').lower() or 'no reason given'})")
    return ClientError(Kind.TLS, f"{name} could not be spoken to: {why}.", host=host)


def exchange_trouble(error: BaseException, name: str, host: str) -> ClientError:
    """For what is raised while a request is sent and its answer read."""
    chain = list(_chain(error))
    for found in chain:
        if isinstance(found, ClientError):
            return found
    kind, said = next(((kind, said) for types, kind, said in TABLE if any(isinstance(found, types) for found in chain)),
                      (Kind.NOT_PROTOCOL, STRANGE))
    if kind is Kind.TLS:
        return tls_trouble(next(found for found in chain if isinstance(found, ssl.SSLError)), name, host)
    if said == PROTOCOL:  # urllib3 has one class for both
        cut = any("prematurely" in str(found) for found in chain)
        kind, said = (Kind.TRUNCATED, CUT) if cut else (Kind.NOT_PROTOCOL, "broke the HTTP protocol in its answer")
    elif any(isinstance(found, urllib3.exceptions.InvalidChunkLength) for found in chain):
        kind, said = Kind.NOT_PROTOCOL, "broke the HTTP protocol in its answer"
    return ClientError(kind, f"{name} {said}.", host=host)


CUT = "ended its answer before its end"
STRANGE = "did not answer in the HTTP protocol"
PROTOCOL = "urllib3.ProtocolError"
TABLE: tuple[tuple[tuple[type[BaseException], ...], Kind, str], ...] = (
    ((TimeoutError, urllib3.exceptions.TimeoutError), Kind.TIMEOUT, "did not finish its answer in time"),
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError), Kind.RESET, "cut the connection before its answer was complete"),
    ((ssl.SSLError,), Kind.TLS, ""),
    ((http.client.IncompleteRead,), Kind.TRUNCATED, CUT),
    ((http.client.RemoteDisconnected,), Kind.RESET, "closed the connection without an answer"),
    ((http.client.LineTooLong,), Kind.TOO_LARGE, "sent larger headers than are read"),
    ((http.client.BadStatusLine, http.client.UnknownProtocol), Kind.NOT_PROTOCOL, STRANGE),
    ((ConnectionError, socket.gaierror), Kind.RESET, "cut the connection before its answer was complete"),
    ((http.client.HTTPException,), Kind.TOO_LARGE, "sent more headers than are read"),
    ((urllib3.exceptions.ProtocolError,), Kind.NOT_PROTOCOL, PROTOCOL),
)


def _chain(error: BaseException | None, seen: set[int] | None = None) -> Iterator[BaseException]:
    """The error and all that it wraps; what requests only made around another is left out.

    Not __context__: that may be another request's error, which the caller is just handling.
    """
    seen = set() if seen is None else seen
    if error is None or id(error) in seen or len(seen) > 50:
        return
    seen.add(id(error))
    if not isinstance(error, requests.RequestException):
        yield error
    inner = [value for value in (*error.args, getattr(error, "reason", None)) if isinstance(value, BaseException)]
    for value in (*inner, error.__cause__):
        yield from _chain(value, seen)
