"""The pages of people and Organisations: each parses, calls one verb, renders."""
