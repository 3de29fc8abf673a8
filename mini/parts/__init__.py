"""One file a trained part: how it is built, its loss, how it is exported."""
