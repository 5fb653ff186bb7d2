"""Whole commands, calls and prompts whose arguments are secrets by their position."""
from __future__ import annotations

import re
from collections.abc import Iterator

from checks.diagnosis.redact_context import Found
from checks.diagnosis.redact_values import How, is_secret

# Words of which one must occur in the text (so most of these cost one substring search each), and the pattern.
_COMMANDS = tuple((words.split("|"), re.compile(pattern)) for words, pattern in (
    ("mc |mcli ", r"\b(?:mc|mcli)[ \t]+(?:alias[ \t]+set"
                  r"|config[ \t]+host[ \t]+add)[ \t]+\S{1,100}[ \t]+\S{1,200}[ \t]+(\S{1,200})[ \t]+(\S{1,200})"),
    ("htpasswd",
     r"\bhtpasswd[ \t]+-\w*b\w*[ \t]+(?:-\w+[ \t]+){0,3}\S{1,200}[ \t]+(?:\S{1,100}[ \t]+)?([^\s>|&;]{1,200})"),
    ("http-basic", r"\bhttp-basic\.\S{1,200}[ \t]+\S{1,200}[ \t]+(\S{1,256})"),
    ("extraheader", r"extraheader[= \"']{1,4}authorization:\s*\w+[ \t]+([^\s\"']{4,1000})"),
    ("pass:", r"(?<=\s)pass:([^\s\"']{1,256})"),
    ("from-literal", r"--from-literal[= ][\"']?[\w.-]{1,100}=([^\s\"']{1,1000})"),
    ("kubeadm|bootstrap", r"(?<![\w.])([a-z0-9]{6}\.[a-z0-9]{16})(?![\w.])"),
    (" login| unlock| authtoken|add-authtoken",
     r"\b(?:vault|cargo|pulumi|npm|wandb|hf|huggingface-cli|argocd|bw|ngrok)[ \t]+(?:login|unlock|authtoken"
     r"|config add-authtoken)[ \t]+([^\s\"'-][^\s\"']{11,500})"),
    ("chpasswd", r"[\"' ](?:[a-z_][\w-]{0,31}):([^\s\"':|]{1,200})[\"']?\s{0,3}\|\s{0,3}(?:sudo\s)?chpasswd"),
    ("stdin|with-token|chpasswd|sudo -S|secrets create|secrets versions|secret put|secret set",
     r"\b(?:echo|printf)[ \t]+(?:-\w+[ \t]+)?(?:[\"']?%s"
                                          r"(?:\\n)?[\"']?[ \t]+)?[\"']?([^\s\"'|$]{3,500})[\"']?\s{0,3}\|"),
    ("stdin|with-token", r"<<<\s{0,3}[\"']?([^\s\"'|$]{3,500})"),
    ("net use", r"\bnet use[ \t]+(?:\w:[ \t]+)?\\\\\S{1,200}[ \t]+([^\s/\"']{3,200})[ \t]+/user:"),
    ("IDENTIFIED|identified|Identified", r"(?i)\bidentified[ \t]+(?:with[ \t]+\w+[ \t]+)?(?:by|as)[ \t]+['\"]"
                                         r"([^'\"\n]{1,256})['\"]"),
    ("AUTH ", r"\bAUTH[ \t]+(?:PLAIN|LOGIN|XOAUTH2|OAUTHBEARER|CRAM-MD5)[ \t]+"
              r"(?=[A-Z+/=]{0,64}[a-z0-9])([A-Za-z0-9+/]{8,4096}={0,2})"),
    ("AUTH ", r"\bAUTH[ \t]+(?:\w{1,64}[ \t]+)?[\"']?"
              r"(?=\S{0,64}(?:\d|[A-Z]{2}[a-z]|[a-z][A-Z]{2}))(?=\S{0,64}[a-z])([^\s\"']{12,256})"),
    ("SecureString", r"(?i)ConvertTo-SecureString[ \t]+(?:-String[ \t]+)?[\"']([^\"'\n]{1,256})"),
    ("net use|/user:", r"/user:[^\s\"']{1,200}[ \t]+([^\s\"'/-][^\s\"']{2,200})"),
    ("assword for|assphrase for|asscode for|oken for", r"(?im)\b(?:pass(?:word|phrase|code)"
                                                   r"|token) for [^\n]{1,200}?:[ \t]{1,8}([^\s:]{4,256})[ \t\r]*$"),
    ("PASSWORD|password|Password", r"(?i)\bpassword[ \t]+(?:=\s*)?'([^'\n]{1,256})'"),
    ("PASSWORD|password|Password", r"(?i)\bpassword\(\s*['\"]([^'\"\n]{1,256})['\"]\s*\)"),
    ("github-oauth|gitlab-token|gitlab-oauth|bearer",
     r"[\"'](?:github-oauth|gitlab-token|gitlab-oauth"
     r"|bearer)[\"']\s{0,4}:\s{0,4}\{\s{0,40}[\"'][^\"'\n]{1,200}[\"']\s{0,4}:\s{0,4}[\"']([^\"'\n]{4,500})"),
    ("git:auth|registry:login", r"\b(?:git:auth|registry:login)[ \t]+(?:--?\w[\w-]{0,30}[ \t]+){0,3}(?:[\w-]{1,60}[ \t]+)?"
                                r"[\w.-]{1,200}\.[\w:-]{2,60}[ \t]+[^\s-]\S{0,199}[ \t]+(\S{4,500})"),
    (":backup-auth", r":backup-auth[ \t]+\S{1,100}[ \t]+\S{1,200}[ \t]+(\S{8,200})"),
    (":backup-set-encryption", r":backup-set-encryption[ \t]+\S{1,100}[ \t]+(\S{4,200})"),
    ("sentinel", r"sentinel auth-pass \S{1,100}[ \t]+(\S{4,200})"),
    ("SecureString|keyvault secret", r"(?:SecureString|keyvault secret set)[^\n]{0,200}?--value[ =][\"']?([^\s\"']{4,500})"),
    ("secret_id|secretId|SECRET_ID",
     r"(?i)secret_?id[\"']?\s{0,3}[=:]\s{0,3}[\"']?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"),
    ("secret-string", r"--secret-string[ =][\"']?([^\s\"'{]{4,500})"),
    ("rclone obscure", r"\brclone obscure[ \t]+([^\s-]\S{3,200})"),
    ("passwd-s3fs", r"\b\w{16,128}:([A-Za-z0-9+/]{30,80})[\"' ]{0,3}>{1,2}[ \t]{0,3}\S{0,100}passwd-s3fs"),
    ("lftp", r"\blftp[ \t][^\n]{0,100}?-u[ \t]{0,3}[^\s,]{1,100},(\S{3,200})"),
    ("pypi-token.", r"\bpypi-token\.\S{1,60}[ \t]+(\S{8,500})"),
    ("bundle config|bundle set",
     r"\bbundle config[ \t]+(?:set[ \t]+)?(?:--\w{1,10}[ \t]+){0,2}\S{1,200}[ \t]+[^\s:]{1,100}:(\S{4,300})"),
    ("sonar.login=", r"sonar\.login=([0-9a-f]{30,64}|sq\w_\w{20,60})"),
    ("freerdp|mstsc", r"(?:freerdp|mstsc)\S{0,6}[ \t][^\n]{0,200}?/p:(\S{3,200})"),
    ("rabbitmqctl", r"\brabbitmqctl[ \t]+(?:-\S{1,60}[ \t]+){0,3}(?:add_user|change_password)[ \t]+\S{1,100}[ \t]+(\S{3,200})"),
    ("useradd|usermod", r"\buser(?:add|mod)[ \t][^\n]{0,120}?(?:-p|--password)[ \t=]{1,3}[\"']?([^\s\"'-][^\s\"']{3,200})"),
    ("wpa_passphrase", r"\bwpa_passphrase[ \t]+(?:\"[^\"\n]{1,64}\"|\S{1,64})[ \t]+([^\s]{8,63})"),
    ("::add-mask::", r"::add-mask::(\S{4,1000})"),
    (".auth(|auth=(|auth = (|Auth(", r"(?:\.auth|\bauth ?= ?|(?:Basic|Digest)Auth)\(\s{0,4}[\"'][^\"'\n]{1,100}[\"']\s{0,3},"
                                     r"\s{0,4}[\"']([^\"'\n]{3,256})[\"']"),
    ("Unseal Key|Recovery Key",
     r"(?:Unseal|Recovery) Key(?: \(\w{1,10}\))?(?: \d{1,2})?(?: \(\w{1,10}\))?:[ \t]{1,8}(\S{20,200})"),
    ("UGFzc3dvcmQ6", r"334 UGFzc3dvcmQ6\s{1,4}(?:[<>CS:]{1,4}\s)?([A-Za-z0-9+/]{4,200}={0,2})"),
    (" LOGIN ", r"(?m)^(?:[<>CS:]{1,4} )?[A-Za-z0-9.]{1,12} LOGIN [^\s]{1,200} \"?([^\s\"]{4,200})\"?[ \t\r]*$"),
    ("SAMLResponse|SAMLRequest", r"SAMLRe(?:sponse|quest)=([A-Za-z0-9+/%]{40,}={0,2})"),
    ("password to proceed", r"password to proceed[^\n]{0,60}:\s{1,6}([0-9a-f]{32})\b"),
))


def commands(text: str) -> Iterator[Found]:
    """Arguments that are secrets by their position."""
    for words, pattern in _COMMANDS:
        for word in words:
            if word in text:
                break
        else:
            continue
        for found in pattern.finditer(text):
            for group in range(1, pattern.groups + 1):
                value = found[group]
                tied = text[found.start(group) - 1] in "'\"="  # nothing but the value can stand there
                if value and is_secret(value.strip("\"'"), How.ASSIGNED if tied else How.STATED, strong=True):
                    yield "password", found.start(group), found.end(group)
