"""What changed since a row was last green: from facts then and now, from edits here, and from what else turned. Pure."""
