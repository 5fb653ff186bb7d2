"""The form and the provider, as values."""
from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from checks.clients.s3 import S3
from checks.providers.backup_storage.policy import least_grant, least_policy
from checks.providers.backup_storage.removal import clean_up
from checks.providers.backup_storage.where import place_of, prefix_of
from checks.providers.base import Guide, JsonMap, Provider, ProviderForm, SecretField, Step
from checks.providers.guide import Rotation
from checks.providers.iam_texts import as_json

BUCKET_RULES = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"
BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
REGION = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
KEY_ID = re.compile(r"[!-~]+")
IP = re.compile(r"\d+(\.\d+){3}")
class BackupStorageForm(ProviderForm):
    endpoint = forms.CharField(label="Endpoint", required=False, max_length=2000, help_text=(
        "Blank is AWS S3. Otherwise the address of the S3 API, without the bucket: "
        "https://s3.eu-central-003.backblazeb2.com"))
    region = forms.CharField(label="Region", max_length=40, help_text=(
        "The bucket's region, such as eu-central-1; auto for Cloudflare R2, us-east-1 for a MinIO of its own."))
    bucket = forms.CharField(label="Bucket", max_length=63, help_text="The bucket's name alone.")
    prefix = forms.CharField(  # type: ignore[assignment]  # Django keeps fields apart from its own attribute
        label="Prefix", required=False, initial="dflow/backups", max_length=500,
        help_text="Backups are written below it, and so is the canary of the checks.")
    addressing = forms.ChoiceField(label="Addressing", required=False, initial="auto", choices=[
        ("auto", "Automatic: path on an endpoint of your own, else virtual"), ("path", "Path: HOST/BUCKET"),
        ("virtual", "Virtual: BUCKET.HOST")])
    intent = forms.ChoiceField(label="The key may", required=False, initial="read_write_delete", choices=[
        ("read_write_delete", "Read, write and delete"), ("write_once", "Write and read, never delete (write once)")])
    access_key_id = forms.CharField(label="Access key id", max_length=256, widget=forms.TextInput(
        attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}), help_text=(
        "Of a key for backups alone, not the one of the AWS integration."))
    secret_access_key = SecretField(label="Secret access key", max_length=1024)

    def clean_endpoint(self) -> str:
        typed: str = self.cleaned_data["endpoint"].strip()
        if typed and not re.match(r"https?://", typed, re.IGNORECASE):
            raise ValidationError(f"The endpoint needs its scheme: write https://{typed.partition('://')[2] or typed}.")
        return typed

    def clean_region(self) -> str:
        typed: str = self.cleaned_data["region"].strip()
        if not REGION.fullmatch(typed):
            raise ValidationError("A region is written in small letters, digits and hyphens, such as eu-central-1.")
        return typed

    def clean_bucket(self) -> str:
        typed: str = self.cleaned_data["bucket"].strip()
        if (wrong := _bucket_trouble(typed)):
            raise ValidationError(wrong)
        return typed

    def clean_prefix(self) -> str:
        typed: str = self.cleaned_data["prefix"]
        if any(part in (".", "..") for part in typed.split("/")):
            raise ValidationError("A prefix has no part that is . or ..: write it out.")
        if "//" in typed or re.search(r"[\x00-\x1f\x7f\\]", typed):
            raise ValidationError("A prefix has single slashes between its parts, and no backslash or control "
                                  "character.")
        return typed

    def clean_access_key_id(self) -> str:
        typed: str = self.cleaned_data["access_key_id"].strip()
        if not KEY_ID.fullmatch(typed):
            raise ValidationError("An access key id has no blanks and only plain letters, digits and signs.")
        if typed == self.cleaned_data.get("bucket"):
            raise ValidationError("This is the bucket's name; the access key id is shown beside the secret.")
        return typed

    def clean_secret_access_key(self) -> str:
        typed: str = self.cleaned_data["secret_access_key"]
        if typed and not KEY_ID.fullmatch(typed.strip()):
            raise ValidationError("A secret access key has no blanks or line breaks inside: paste it alone, in one "
                                  "piece.")
        return typed.strip()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("addressing", "intent"):
            cleaned[name] = cleaned.get(name) or self.fields[name].initial
        secret, key_id = cleaned.get("secret_access_key"), cleaned.get("access_key_id")
        if secret and secret == key_id:
            self.add_error("secret_access_key", "This is the access key id once more; the secret is the longer of the "
                                                "two.")
        return cleaned


def _bucket_trouble(name: str) -> str:
    """Why this can be no bucket's name; "" when it can. Old buckets may have capitals and underscores."""
    if name.startswith("arn:") or "://" in name or "/" in name:
        return "This is an address, an ARN or a path: write the bucket's name alone; a prefix has its own field."
    if not 3 <= len(name) <= 63:
        return f"A bucket's name has 3 to 63 characters, and this has {len(name)}. See {BUCKET_RULES}."
    if name.endswith("--x-s3"):
        return "This is a directory bucket of S3 Express One Zone, which backup tools cannot write to: use another."
    if not BUCKET.fullmatch(name):
        return f"A bucket's name has letters, digits, inner dots and inner hyphens only. See {BUCKET_RULES}."
    if ".." in name or IP.fullmatch(name):
        return f"A bucket's name has no two dots in a row, and is no IP address. See {BUCKET_RULES}."
    return ""


def connect(settings: JsonMap, credentials: JsonMap) -> S3:
    return S3(place_of(settings), str(settings["access_key_id"]), str(credentials["secret_access_key"]))


def _addresses(settings: JsonMap) -> dict[str, str]:
    endpoint = str(settings.get("endpoint") or "")
    return {"endpoint": endpoint} if endpoint else {}


def _summary(settings: JsonMap) -> str:
    where = place_of(settings)
    prefix = prefix_of(settings)
    return f"bucket {where.bucket}{prefix and '/'}{prefix} at {where.host}"


backup_storage = Provider(
    token_kinds=("b2-application-key", "spaces-key-id", "google-hmac-key-id", "scaleway-key-id"),
    slug="backup_storage", name="Backup storage", section="Backup storage (S3-compatible)",
    form=BackupStorageForm, connect=connect, clean_up=clean_up,
    # The bucket is no part of it: the same server holds them all, and gets to see no more of the key for another one.
    endpoint=lambda settings: place_of(settings).origin,
    addresses=_addresses, summary=_summary,
    account=lambda settings: f"bucket {place_of(settings).bucket} at {place_of(settings).host}",
    identity_fields=("access_key_id",), policy=least_grant,
    reached_at=lambda settings, target: f"{place_of(settings).origin}/",
    serves=("database",), service_fields={"database": ("engine", "backups")},
    service_help="The engine, such as postgres, and “external” for backups that go to this bucket.",
    links={"naming": BUCKET_RULES},
    guide=Guide(
        needs="A private bucket for backups, and an access key that can do nothing else than write, read, list and "
              "delete below one prefix of it.", minutes=10,
        least_grant="s3:ListBucket on the bucket; s3:GetObject, s3:PutObject, s3:DeleteObject and "
                    "s3:AbortMultipartUpload below the prefix (without s3:DeleteObject for write once)",
        policy=as_json(least_policy({"bucket": "BUCKET", "prefix": "PREFIX"})),
        rotation=Rotation(
            Step("Make a second access key with the same rights: an IAM user of AWS holds two at once; elsewhere make another "
                 "key for the same bucket.", "https://console.aws.amazon.com/iam/home#/users"),
            Step("Deactivate the old key, look for a day whether anything still used it, and delete it then.",
                 "https://console.aws.amazon.com/iam/home#/users"),
            "The access key id changes with its secret: enter both. Leave the bucket and the prefix as they are, or older "
            "backups are not found again."),
        steps=(
            Step("AWS S3: make a private bucket with “Block all public access” on, and note its region. Leave the "
                 "endpoint blank.", "https://s3.console.aws.amazon.com/s3/bucket/create"),
            Step("AWS S3: make an IAM user of its own for backups, attach the policy below, and make an access key. "
                 "Do not use the key of the AWS (EC2) integration.", "https://console.aws.amazon.com/iam/home#/users"),
            Step("Cloudflare R2: make a bucket, then an API token with “Object Read & Write” for that bucket. The "
                 "endpoint is https://ACCOUNT_ID.r2.cloudflarestorage.com, the region auto.",
                 "https://dash.cloudflare.com/?to=/:account/r2/api-tokens"),
            Step("Backblaze B2: make a private bucket, and an application key for it with Read and Write. The "
                 "endpoint stands beside the bucket; its second label is the region.",
                 "https://secure.backblaze.com/app_keys.htm"),
            Step("MinIO: make a bucket and a user with the policy below. The endpoint is the address of the S3 API "
                 "(port 9000), not of the console (9001).",
                 "https://min.io/docs/minio/linux/administration/identity-access-management.html"),
            Step("Others (Wasabi, Spaces, Hetzner, Scaleway, OVHcloud, Linode): make a private bucket and a key for "
                 "it; enter the endpoint of its region without the bucket's name, and the same region.",
                 "https://rclone.org/s3/"),
            Step("Let a lifecycle rule expire objects below PREFIX/.dflow-probe/ after a day and abort incomplete "
                 "multipart uploads: it sweeps up behind a check that was cut off.",
                 "https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-to-set-lifecycle-configuration-intro.html"),
        )))
