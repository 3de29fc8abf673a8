"""One file a model that describes pictures."""
