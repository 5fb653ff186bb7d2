"""The last filter before a log line is written: no secret in its text, no line break that forges another line."""
from __future__ import annotations

import logging

from checks.diagnosis.redact import redact


class Redacted(logging.Filter):
    """Redacts the formatted message (and drops the arguments that could bring the secret back)."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = redact(record.getMessage()).text
        record.msg, record.args = message.replace("\r", "\\r").replace("\n", "\\n").replace("\x1b", "\\e"), None
        if record.exc_info:
            formatted = logging.Formatter().formatException(record.exc_info)
            record.exc_text, record.exc_info = redact(formatted).text, None
        if record.stack_info:
            record.stack_info = redact(record.stack_info).text
        return True
