"""Set-up and packaging."""
