"""What a name promises: DB_PASSWORD a password, tokenUrl nothing."""
from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache


class Form(Enum):
    """How the value behind the name is written."""

    VALUE = "one value"
    CREDENTIALS = "a scheme and a value: Bearer …"
    COOKIES = "pairs, separated by semicolons"


@dataclass(frozen=True)
class Promise:
    """kind: what was removed, as people are told. strong: any value is one. wordy: even a plain word is."""

    kind: str
    strong: bool
    form: Form = Form.VALUE
    wordy: bool = False


_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
# Words behind the one that counts which say nothing: PASSWORD_2, TOKEN_PROD, SECRET_VALUE.


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEUTRAL = _words("""
value val string str text plain plaintext raw data b64 base64 encoded hex env var prod production staging stage dev
development test testing qa live sandbox old new current previous prev primary secondary default main admin root ro rw
backup base output result master slave replica shared local global
""")
_PASSWORDS = ("password", "passwd", "passphrase", "passwort", "kennwort", "wachtwoord", "contraseña", "contrasena",
              "senha", "пароль", "пароля", "密码", "密碼", "パスワード", "passcode", "hasło", "motdepasse", "passwrd",
              "paswoord")
_PASSWORD_WORDS = frozenset({"pwd", "pw", "psw", "psk", "storepass", "keypass", "userpass", "dbpass", "requirepass",
                             "masterauth", "sshpass", "passe", "bindpw"})
_OTHER_PASSES = frozenset({"compass", "bypass", "trespass", "overpass", "underpass", "surpass", "encompass"})
_OTHER_KEYS = ("publickey", "pubkey", "hostkey", "monkey", "turkey", "hotkey", "cachekey", "objectkey", "foreignkey",
               "passkey")
_TOKENS = ("token", "apitoken", "authtoken", "jwt", "токен", "令牌")
_SECRETS = ("secret", "secretkey", "privatekey", "presharedkey", "clientsecret", "accountkey", "accesskey", "apikey",
            "masterkey", "encryptionkey", "signingkey", "sharedkey", "licensekey", "sharedaccesskey", "authkey")
_KEY_QUALIFIERS = _words("""
api access secret private encryption encrypt signing sign account application app apps preshared storage license
licence service session sess auth authentication webhook registry client hmac jwt crypto cipher aes write ingest
integration subscription function functions connection sas fernet django rails flask nextauth wireguard pre shared
master host instance server bot personal developer dev platform project management rest maps gateway stripe sendgrid
openai anthropic datadog dd algolia mailgun mailchimp sentry newrelic relic heroku cloudflare twilio digitalocean do
linode vultr hetzner scaleway ovh aws gcp google azure minio s3 r2 b2 wasabi backblaze spaces github gitlab bitbucket
gitea harbor quay docker npm nuget pypi sonar snyk slack discord telegram meili meilisearch pusher mapbox airtable
honeycomb grafana pagerduty opsgenie rollbar bugsnag postmark resend sparkpost mandrill brevo fastly supabase firebase
deploy instrumentation restic borg vault cookie login logged nonce recovery global
""")
_PUBLIC = _words("""
public pub foreign partition sort cache object hash map row index lock natural composite group i18n translation event
metric label unique fingerprint kms hot short arrow host-key known bucket idempotency routing
""")
_PAGING = _words("next page pagination continuation cursor sync unexpected invalid_ resume marker delta")
_SESSIONS = frozenset({"session", "sessionid", "sessid", "phpsessid", "jsessionid", "sid", "asp.net_sessionid"})
_WEAK = {"auth": "credentials", "credential": "credentials", "credentials": "credentials", "creds": "credentials",
         "cred": "credentials", "sig": "signature", "signature": "signature", "salt": "salt",
         "dockerconfigjson": "credentials", "dockercfg": "credentials", "tokens": "token", "secrets": "secret",
         "passwords": "password", "keys": "secret-key", "totp": "secret", "crumb": "token", "hmac": "signature",
         "assertion": "token"}
_STRONG_WORDS = {"pat": "token", "otp": "password", "bearer": "token", "authtok": "token"}
_CODES = _words("oauth auth authorization verification recovery backup device user")

_PASSWORD = Promise("password", strong=True, wordy=True)
_TOKEN = Promise("token", strong=True)
_SECRET = Promise("secret", strong=True)
_KEY = Promise("secret-key", strong=True)


def words_of(name: str) -> list[str]:
    """The words of an identifier in any style, in lower case."""
    return [word.lower() for word in _HUMPS.findall(name)]


def _key(before: list[str]) -> Promise | None:
    qualifiers = set(before)
    if qualifiers & _PUBLIC:
        return None
    if qualifiers & _KEY_QUALIFIERS:
        return _KEY
    return Promise("secret-key", strong=False)


def _identifier(words: list[str]) -> Promise | None:
    """Access key ids are half of a credential, session ids are one; other ids are none."""
    joined = "".join(words)
    if joined.endswith(("accesskeyid", "applicationkeyid", "accessid")):
        return Promise("access-key-id", strong=False)
    if joined.endswith(("sessionid", "sessid")):
        return Promise("session", strong=False)
    return None


def _of_last(words: list[str]) -> Promise | None:  # noqa: C901, PLR0912 -- one row a word, read from top to bottom
    last, before = words[-1], words[:-1]
    if last.endswith("authorization"):
        return Promise("credentials", strong=True, form=Form.CREDENTIALS)
    if last in ("cookie", "cookies"):
        return Promise("cookie", strong=True, form=Form.COOKIES)
    if last.endswith(_PASSWORDS) or last in _PASSWORD_WORDS:
        return _PASSWORD
    if last.endswith(("pass", "pwd")) and last not in _OTHER_PASSES:
        return _PASSWORD if before or last != "pass" else Promise("password", strong=True)
    if last.endswith(_TOKENS):
        return None if set(before) & _PAGING or last.endswith(("nexttoken", "pagetoken")) else _TOKEN
    if last.endswith(_SECRETS):
        return _SECRET
    if last in _STRONG_WORDS:
        return Promise(_STRONG_WORDS[last], strong=True)
    if last == "key":
        return _key(before)
    if last == "code":
        return Promise("token", strong=False) if set(before) & _CODES else None
    if last in _SESSIONS:
        return Promise("session", strong=False)
    if last == "keys" and set(before) & (_PUBLIC | {"input", "restore"}):
        return None
    if last in _WEAK:
        return Promise(_WEAK[last], strong=False)
    if last.endswith("key") and not last.endswith(_OTHER_KEYS):
        return Promise("secret-key", strong=False)
    return _identifier(words)


_NOTHING = _words("""
id ids name names url uri urls path paths file files filename dir type types kind length len size count total policy
policies expires expiry expiration expire expired ttl status state scope scopes endpoint endpoints field fields hint
error errors message required enabled disabled valid validity header headers prefix suffix user username owner arn
version alg algorithm issuer age at in ref refs provider store manager class set exists lifetime rotation rotated hash
digest checksum fingerprint format method mode attempts limit limits usage used stdin help label title description
info created updated server host port service location source origin reset change policy_ audience review request
requests response created_at bits
""")


_HINT = re.compile("pass|pwd|pw|psw|psk|secret|token|key|auth|cookie|cred|crumb|sess|sid|sig|salt|dockerc|jwt|otp|pat|bearer|"
                   "hmac|assertion|code|id|wort|пароль|пароля|токен|令牌|wachtwoord|contrase|senha|密|パスワード|hasło|paswoord")


def promise(name: str) -> Promise | None:
    """What stands behind `name`, or None for nothing that is secret."""
    if len(name) <= 16 and name.isalpha():
        return _known(name)
    name = name[-80:]
    if not _HINT.search(name.lower()):
        return None
    # No digits, so no token that was taken for a name is kept in memory.
    return _known(name) if len(name) <= 40 and name.isascii() and not re.search("[0-9]", name) else _promise(name)


@lru_cache(maxsize=4096)
def _known(name: str) -> Promise | None:
    return _promise(name)


def _promise(name: str) -> Promise | None:
    words = words_of(name)
    if name.lower().endswith(_PASSWORDS):
        words = [*words[:-1], "password"]  # PassWord, too
    while len(words) > 1 and (words[-1] in _NEUTRAL or words[-1].isdigit()):
        words.pop()
    if not words:
        return None
    if words[-1] in _NOTHING:
        return _identifier(words)
    found = _of_last(words)
    if found is None and any(_of_last([word]) in (_PASSWORD, _TOKEN, _SECRET) for word in words[:-1]):
        return None if set(words) & _PAGING else Promise("secret", strong=False)
    return found
