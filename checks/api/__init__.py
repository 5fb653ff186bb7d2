"""The JSON API of interfaces.md: each view parses, calls one action, and answers the document that the command prints."""
