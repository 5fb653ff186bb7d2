"""Certificates and handshakes."""
from __future__ import annotations

from checks.diagnosis.families import FOREIGN, REGISTRY, STORAGE
from checks.diagnosis.rule import Confidence, Rule
from checks.verdict import Layer

TLS = Layer.TLS
CHAIN = ("Serve a certificate for this very host with its whole chain, or give this installation the authority "
    "that signed it (EGRESS_CA_BUNDLE). No credential is at fault.")
SAYS = ("certificate signed by unknown authority", "ssl certificate problem", "self-signed certificate",
    "self signed certificate", "unable to get local issuer certificate", "certificate verify failed",
    "cannot validate certificate", "certificate is valid for", "certificate has expired", "err_tls_cert", "altnames",
    "unable_to_verify_leaf_signature", "depth_zero_self_signed_cert", "cert_has_expired",
    "no alternative certificate subject name", "server certificate verification failed", "certificate is not trusted",
    "pkix path building failed", "sslhandshakeexception", "ssl certificate error", "certificate subject name",
    "certificate common name", "certificate relies on legacy common name", "peer's certificate", "sslcertverificationerror",
    "certificate is not authorized", "tls: failed to verify certificate", "x509: ", "unable to verify the first certificate",
    "self_signed_cert_in_chain", "unable_to_get_issuer", "hostname mismatch, certificate", "doesn't match either of",
    "untrusted root", "unable to find valid certification path", "invalid certificate", "certificate is not standards compliant",
    "certificate revoked", "curl: (60)", "curl error 60", "certificate validation failed", "trust relationship for the ssl/tls",
    "remote certificate is invalid", "unknown issuer", "invalid peer certificate", "the ssl certificate is invalid",
    "user rejected certificate", "bad certificate", "certificate required",
    "untrusted_root", "sec_e_untrusted", "sec_e_wrong_principal", "crypt_e_revo", "cert_e_untrustedroot",
    "error setting certificate file", "error setting certificate verify locations", "no subject alternative",
    "certificateexception", "certpathbuilder", "cert_untrusted", "certnotvalidforname", "certnotvalid", "notvalidforname",
    "unknownissuer", "certexpired", "err_cert_", "cert_authority_invalid", "certificate verify error",
    "certificate verification error", "certificate is self-signed", "certificate is self signed",
    "unable to get issuer certificate", "tlsv1 alert unknown ca", "unknown_ca", "sslpeerunverified", "curl: (77)", "curl: (51)",
    "unable to verify certificate", "invalid ssl certificate", "certificate chain was issued by an authority",
    "the certificate chain", "failed to verify the legitimacy", "certificate has expired:", "certificate expired",
    "ssl: certificate_verify_failed", "peer certificate cannot be authenticated", "unable to get the local issuer",
    "certificates verification failed", "fetch failed…certificate", "no trusted certificate",
    "ssl validation failed", "key too weak", "key too small", "unsupported certificate purpose", "crl has expired",
    "unable to get certificate crl", "error: tls: ")
SHAKE = ("wrong version number", "server gave http response to https client", "handshake failure", "ssl_error_syscall",
    "gnutls_handshake() failed", "tlsv1 alert", "sslv3 alert", "unrecognized name",
    "first record does not look like a tls handshake", "http request was sent to https port", "unsupported protocol version",
    "packet length too long", "eproto", "no protocols available", "protocol version not supported", "server gave http response",
    "remote error: tls:", "ssl routines", "an http request to an https server", "plain http request was sent to https",
    "unexpected_eof_while_reading", "curl: (35)", "ssl_error_rx_record_too_long", "dh key too small", "ssl connection error",
    "tls handshake error", "alert internal error",
    "unrecognized ssl message", "plaintext connection?", "unsafe legacy renegotiation", "no shared cipher",
    "inappropriate fallback", "alert protocol version", "alert handshake", "ca md too weak", "ee key too small",
    "wrong_version_number", "tls_process_", "err_ssl_protocol_error", "err_ssl_version", "invalidcontenttype",
    "received record with version", "eof occurred in violation of protocol", "decryption failed or bad record mac",
    "ssl connect error", "ssl handshake failed", "client sent an http request to an https server", "tls handshake failed",
    "ssl handshake error", "sslzeroreturnerror")

RULES = (
    Rule(
        "certificate", SAYS,
        TLS, "The host's certificate cannot be trusted for this name, so no credential was sent.",
        CHAIN,
        "OpenSSL X509_verify_cert_error_string; Go crypto/x509; Node tls",
        "x509: certificate signed by unknown authority",
        weight=16, unless=("publickey", "is before", "http response to https", "certificate is not yet valid", "valid for s3",
        "certificate is valid for…amazonaws")),
    Rule(
        "certificate-storage", ("altnames", "hostname mismatch", "doesn't match", "cert_altname_invalid"),
        TLS, "The certificate does not cover the host that the bucket's name made.",
        "Use path addressing, or a certificate for *.HOST; check that the endpoint holds no bucket.",
        "minio/object-browser#2223",
        "Hostname/IP does not match certificate's altnames: Host: dumps.s3.example.com. is not in the cert's " "altnames",
        also=(Layer.BACKUP_ENDPOINT_REGION,), near=(STORAGE,), weight=17),
    Rule(
        "handshake", SHAKE,
        TLS, "Both ends could not agree on TLS: one of them speaks plain HTTP, or too old a version.",
        "Serve HTTPS at this port, or name the port that does.",
        "OpenSSL; Go crypto/tls; GnuTLS",
        "http: server gave HTTP response to HTTPS client",
        weight=10, far=(FOREIGN,)),
    Rule(
        "handshake-registry", ("server gave http response to https client", "wrong version number"),
        TLS, "The registry speaks plain HTTP where HTTPS was asked.",
        "Put TLS in front of the registry, or name the port that serves it.",
        "moby registry",
        'Get "https://registry.example.com:5000/v2/": http: server gave HTTP response to HTTPS client',
        also=(Layer.REGISTRY_HOST,), near=(REGISTRY,), confidence=Confidence.LIKELY, weight=11),
)
