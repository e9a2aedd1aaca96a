"""What the program ships beside its code: demo models and the world that trained them."""
