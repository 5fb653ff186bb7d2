"""An IAM policy document as the texts that people copy: JSON, and a data source of Terraform's AWS provider. Pure.

https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
"""
from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

Document = Mapping[str, Any]


def as_json(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_terraform(document: Document, name: str) -> str:
    """name: of the data source."""
    blocks = "\n\n".join(_block(statement) for statement in document["Statement"])
    return f'data "aws_iam_policy_document" "{name}" {{\n{blocks}\n}}'


def _block(statement: Mapping[str, Any]) -> str:
    lines = [f"    sid       = {_quoted(statement['Sid'])}", f"    actions   = {_list(statement['Action'])}",
             f"    resources = {_list(statement['Resource'])}"]
    for test, keys in statement.get("Condition", {}).items():
        for variable, values in keys.items():
            lines += ["    condition {", f"      test     = {_quoted(test)}", f"      variable = {_quoted(variable)}",
                      f"      values   = {_list(values)}", "    }"]
    return "\n".join(["  statement {", *lines, "  }"])


def _list(values: str | Iterable[str]) -> str:
    every = [values] if isinstance(values, str) else values
    return f"[{', '.join(map(_quoted, every))}]"


def _quoted(text: str) -> str:
    """A string of HCL, in which ${ and %{ begin something of their own."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")
