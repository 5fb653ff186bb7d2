"""Set-up pages of single providers: the one place outside a provider that may name it."""
