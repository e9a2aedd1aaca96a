"""The panels around the picture; each talks to the session only."""
