"""A small drawn world with known truth, and the recipe that trains the demo models on it."""
